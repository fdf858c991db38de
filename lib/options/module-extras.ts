/** Static options: Nest needs them before the factory of `forRootAsync` runs. */
export interface SessionModuleExtras {
  /**
   * Makes services and guards injectable in every module.
   * @default true
   */
  isGlobal?: boolean;
  /** Mounts the routes of the package. If absent, no routes are mounted. */
  routes?: {
    /**
     * Path of the routes, below the global prefix of the application.
     * @default 'auth'
     * @see docs/reference/routes.md
     */
    path?: string;
  };
  /**
   * Guards every HTTP route of the application: CSRF, rate limit, session, roles, recent login. `@Public()` opens a
   * route. Handlers of GraphQL, WebSockets and RPC that are not public are refused where Nest runs global guards; the
   * start-up check warns about the handlers for which it does not.
   * @default false
   * @see docs/guards-and-decorators.md
   */
  globalGuards?: boolean;
}
