import { isDeepStrictEqual } from 'node:util';
import { Injectable, type OnModuleInit, type Type } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { isSessionStrategy, type SessionStrategy } from './auth/session-strategy.js';
import { type ConfigProblem, SessionConfigError } from './core/session-config-error.js';
import { publicKeySet } from './jwt/jwks.js';
import { KeyRing } from './jwt/key-ring.js';
import { ResolvedOptions } from './options/resolved-options.js';
import { SessionChainGuard } from './session-chain.guard.js';

/** The controller of the routes of a module; null if they are not mounted. */
export const OWN_CONTROLLER = Symbol('OwnSessionController');

/** A module of Nest's container. */
type NestModule = ModulesContainer extends Map<string, infer M> ? M : never;

interface SessionModuleFacts {
  readonly nestModule: NestModule;
  readonly options: ResolvedOptions;
  readonly keys: KeyRing;
  readonly path: string | undefined;
}

/** Stops the start if two modules of one application would share credentials, routes or names. */
@Injectable()
export class ModuleIsolation implements OnModuleInit {
  constructor(private readonly modules: ModulesContainer) {}

  /** @throws SessionConfigError that names every option to change */
  onModuleInit(): void {
    const sessionModules = this.#sessionModules();
    if (sessionModules.length < 2) return;
    const problems = [
      ...globalProblems(sessionModules),
      ...sessionModules.flatMap((one, i) =>
        sessionModules.slice(i + 1).flatMap((other) => sharedProblems(one, other)),
      ),
      ...this.#ambiguousImports(new Set(sessionModules.map(({ nestModule }) => nestModule))),
      ...this.#strategyProblems(),
    ];
    if (problems.length > 0) throw new SessionConfigError(problems);
  }

  #sessionModules(): SessionModuleFacts[] {
    return [...this.modules.values()].flatMap((nestModule) => {
      // Only modules that provide the options themselves contain them here; importing modules do not.
      const options = instanceOf(nestModule, ResolvedOptions);
      const keys = instanceOf(nestModule, KeyRing);
      if (!options || !keys) return [];
      return [{ nestModule, options, keys, path: pathOf(nestModule) }];
    });
  }

  /** In a module that sees two of them, the injected `SessionService` would depend on the order of imports. */
  #ambiguousImports(sessionModules: ReadonlySet<NestModule>): ConfigProblem[] {
    return [...this.modules.values()]
      .filter((nestModule) => !sessionModules.has(nestModule))
      .filter((nestModule) => visibleFrom(nestModule, sessionModules).size > 1)
      .map((nestModule) => ({
        path: 'imports',
        message: `${nestModule.metatype.name} imports more than one SessionModule; split it into one module for each`,
      }));
  }

  #strategyProblems(): ConfigProblem[] {
    const strategies = new Set<SessionStrategy>();
    for (const { providers } of this.modules.values()) {
      for (const { instance } of providers.values()) {
        if (isSessionStrategy(instance)) strategies.add(instance);
      }
    }
    const names = [...strategies].map(({ name }) => name);
    return [...new Set(names.filter((name, i) => names.indexOf(name) !== i))].map((name) => ({
      path: 'JwtStrategy',
      message: `two strategies are named '${name}', and passport keeps the last; extend JwtStrategy and override its name`,
    }));
  }
}

function instanceOf<T extends object>(
  nestModule: NestModule,
  token: abstract new (...args: never[]) => T,
): T | undefined {
  return nestModule.providers.get(token)?.instance as T | undefined;
}

/** Returns the path as given in `routes.path`. */
function pathOf(nestModule: NestModule): string | undefined {
  const controller = nestModule.providers.get(OWN_CONTROLLER)?.instance as Type | null;
  return controller ? (Reflect.getMetadata('path', controller) as string) : undefined;
}

/** Returns the imported modules; global modules are skipped, because an imported one takes precedence. */
function visibleFrom(
  nestModule: NestModule,
  sessionModules: ReadonlySet<NestModule>,
  visited = new Set<NestModule>(),
): Set<NestModule> {
  const visible = new Set<NestModule>();
  if (visited.has(nestModule)) return visible;
  visited.add(nestModule);
  for (const imported of nestModule.imports) {
    if (imported.isGlobal) continue;
    if (sessionModules.has(imported)) visible.add(imported);
    const exportsOne = [...sessionModules].some(({ metatype }) => imported.exports.has(metatype));
    if (!exportsOne) continue;
    for (const one of visibleFrom(imported, sessionModules, visited)) visible.add(one);
  }
  return visible;
}

function globalProblems(sessionModules: readonly SessionModuleFacts[]): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  if (sessionModules.filter(({ nestModule }) => nestModule.isGlobal).length > 1) {
    const message =
      'is true (the default) in more than one SessionModule; set it to false and import each module where it is used';
    problems.push({ path: 'isGlobal', message });
  }
  if (sessionModules.some(({ nestModule }) => nestModule.providers.has(SessionChainGuard))) {
    const message =
      'guards every route of the application, also those whose users belong to another SessionModule; remove it and use @UseGuards() on the controllers of each module';
    problems.push({ path: 'globalGuards', message });
  }
  return problems;
}

function sharedProblems(one: SessionModuleFacts, other: SessionModuleFacts): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const shared = cookieNames(one).filter((name) => cookieNames(other).includes(name));
  if (shared.length > 0) {
    const message = `gives two modules the cookie ${shared[0]}; set another name in one of them`;
    problems.push({ path: 'cookie.name', message });
  }
  if (one.options.keyPrefix === other.options.keyPrefix) {
    const message = `is '${one.options.keyPrefix}' in two modules, which would share sessions and keys; set another one in one of them`;
    problems.push({ path: 'keyPrefix', message });
  }
  if (one.path !== undefined && trimmed(one.path) === trimmed(other.path)) {
    const message = `is '${one.path}' in two modules; mount their routes under different paths`;
    problems.push({ path: 'routes.path', message });
  }
  if (sameAudience(one, other) && kids(one).some((kid) => kids(other).includes(kid))) {
    const message =
      'is the same in two modules that share a key pair, which would accept the tokens of each other; set another issuer or audience in one of them';
    problems.push({ path: 'tokens.issuer', message });
  }
  const ambiguous = publicKeySet(one.keys).keys.find((key) =>
    publicKeySet(other.keys).keys.some(
      (another) => key.kid === another.kid && !isDeepStrictEqual(key, another),
    ),
  );
  if (ambiguous) {
    const message = `has two public keys with the kid '${ambiguous.kid}' in two modules, of which the JWKS can contain one; set another kid for one of them`;
    problems.push({ path: 'tokens.keys', message });
  }
  return problems;
}

function trimmed(path: string | undefined): string | undefined {
  return path?.replace(/^\/+|\/+$/g, '');
}

function cookieNames({ options: { cookie } }: SessionModuleFacts): string[] {
  const { sessionName, accessName, refreshName, csrfName, stateName } = cookie;
  return [sessionName, accessName, refreshName, csrfName, stateName];
}

function sameAudience(one: SessionModuleFacts, other: SessionModuleFacts): boolean {
  const { tokens: a } = one.options;
  const { tokens: b } = other.options;
  return a.issuer === b.issuer && a.audience === b.audience;
}

function kids({ keys }: SessionModuleFacts): string[] {
  return [...keys.keys()].map(({ kid }) => kid);
}
