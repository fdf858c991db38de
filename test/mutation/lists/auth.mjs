/** Mutants of lib/auth, the guard chain and lib/routes. */
export const AUTH = {
  'lib/auth/session.guard.ts': [
    {
      title: '@VerifyWithStore() does not read the store',
      from: 'if (asksStore) await',
      to: 'if (!http) await',
      specs: ['asked'],
    },
  ],
  'lib/auth/roles.guard.ts': [
    {
      title: 'a user without the role is admitted',
      from: '!required.some((role) => roles.includes(role))',
      to: '!required',
      specs: ['auth/roles'],
    },
    {
      title: 'a user needs all of the roles',
      from: 'required.some',
      to: 'required.every',
      specs: ['auth/roles'],
    },
    {
      title: 'a misspelt role admits users without a role',
      from: "typeof one === 'string'",
      to: 'one !== null',
      specs: ['auth/roles'],
    },
  ],
  'lib/auth/recent-login.guard.ts': [
    {
      title: 'a stolen session performs an action that needs a recent login',
      from: 'ageMs <= required.maxAgeSeconds * 1000',
      to: 'ageMs >= 0',
      specs: ['auth/step-up'],
    },
  ],
  'lib/auth/route-metadata.ts': [
    {
      title: '@Roles() of a class has no effect',
      from: 'return reflector.get<T | undefined>(key, context.getClass());',
      to: 'return undefined;',
      specs: ['auth/roles'],
    },
  ],
  'lib/session-chain.guard.ts': [
    {
      title: 'forged requests use up the quota of a user',
      from: '[csrf, ...this.#elsewhereLimited]',
      to: '[...this.#elsewhereLimited, csrf]',
      specs: ['guard-chain'],
    },
    {
      title: 'the chain admits a request that an overridden guard refuses',
      from: ': answer)) return false',
      to: ': answer)) continue',
      specs: ['guard-chain'],
    },
  ],
  'lib/routes/session.controller.ts': [
    {
      title: 'a user ends the session of another user by its handle',
      from: '{ handle, userId: user.id, isUnproven: true }',
      to: '{ handle, isUnproven: true }',
      specs: ['session-list'],
    },
    {
      title: 'another site logs a user out',
      from: 'if (anyCookie && bearer === undefined) this.csrf.verify(http);',
      to: '',
      specs: ['a7-csrf'],
    },
    {
      title: 'another site rotates the refresh token of a user',
      from: 'this.csrf.verify(http);\n    return',
      to: 'return',
      specs: ['a7-csrf'],
    },
    {
      title: 'a refresh takes the token of the body although there is a cookie',
      from: 'refreshToken !== undefined && refreshCookie !== undefined',
      to: 'refreshToken === null',
      specs: ['bearer-cookie'],
    },
  ],
};
