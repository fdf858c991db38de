export { JwtStrategy } from './jwt.strategy.js';
export { OAuthGuard, type OAuthGuardInstance } from './oauth.guard.js';
export { OAuthStateStore } from './oauth-state-store.js';
