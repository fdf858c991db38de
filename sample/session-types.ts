import 'nestjs-session-kit';

/** What this app keeps in its tokens and sessions; `@CurrentUser()` and `update()` are typed by it. */
declare module 'nestjs-session-kit' {
  interface SessionClaims {
    email: string;
    role: 'admin' | 'user';
  }
  interface SessionData {
    preferences?: Record<string, unknown>;
  }
}
