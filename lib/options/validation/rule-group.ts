import { validateSync } from 'class-validator';
import type { ConfigProblem } from '../../core/session-config-error.js';

/**
 * A property decorator of class-validator for an option with values of one type. A rule for another type is not
 * assignable: the phantom property makes the type invariant.
 */
export interface Rule<Value> {
  (target: object, name: string): void;
  readonly value?: (value: Value) => Value;
}

/** One rule for each option of a group. An option without a rule, or with a rule for another type, does not compile. */
export type Rules<Group> = {
  readonly [Name in keyof Required<Group>]: Rule<NonNullable<Group[Name]>>;
};

/** The names and rules of one group of options. */
export interface RuleGroup {
  readonly names: readonly string[];
  /** The class for class-validator, with one property per option. */
  readonly type: new () => object;
  /** Messages for names that belong elsewhere. */
  readonly misplaced: Readonly<Record<string, string>>;
}

/** @param misplaced messages for names that belong elsewhere */
export function ruleGroup<Group extends object>(
  rules: Rules<Group>,
  misplaced: Readonly<Record<string, string>> = {},
): RuleGroup {
  class Options {}
  for (const name in rules) rules[name](Options.prototype, name);
  return { names: Object.keys(rules), type: Options, misplaced };
}

/**
 * Checks one group of options.
 * @param path path of the group, '' for the root
 * @returns one problem for each invalid option, including unknown names
 */
export function problemsOf(path: string, group: RuleGroup, written: unknown): ConfigProblem[] {
  if (written === undefined || written === null) return [];
  if (typeof written !== 'object' || Array.isArray(written)) {
    return [{ path, message: 'must be an object' }];
  }
  const at = (name: string): string => (path === '' ? name : `${path}.${name}`);
  const unknown = Object.keys(written)
    .filter((name) => !group.names.includes(name))
    .map((name) => ({ path: at(name), message: unknownName(name, group) }));
  // By name, as the options are read later: inherited and computed properties are checked too.
  const values = group.names.map((name) => [name, Reflect.get(written, name)] as const);
  const checked = Object.assign(new group.type(), Object.fromEntries(values));
  const wrong = validateSync(checked).map(({ property, constraints = {} }) => ({
    path: at(property),
    message: Object.values(constraints)[0] ?? 'is not valid',
  }));
  return [...unknown, ...wrong];
}

function unknownName(name: string, { names, misplaced }: RuleGroup): string {
  if (Object.hasOwn(misplaced, name)) return String(misplaced[name]);
  return `is an unknown option; expected one of ${names.join(', ')}`;
}
