/** For applications without a test runner: plain `node` loads the compiled files. */
import './node-globals.js';
import './identity.spec.js';
import './journey.spec.js';
import './start.spec.js';
import './store.spec.js';
