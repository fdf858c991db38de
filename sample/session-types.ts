import 'nestjs-session-kit';

/**
 * The data that this application keeps in tokens and sessions; the types of `@CurrentUser()` and
 * `update()`.
 */
declare module 'nestjs-session-kit' {
  interface SessionClaims {
    email: string;
    role: 'admin' | 'user';
  }
  interface SessionData {
    preferences?: Record<string, unknown>;
  }
}
