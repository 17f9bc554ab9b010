// What the code is written with and Node 20 and 22 lack, from core-js: bundled into dist/polyfills.mjs, loaded only there.

import 'core-js/actual/async-disposable-stack/index.js';
import 'core-js/actual/disposable-stack/index.js';
import 'core-js/actual/map/group-by.js';
import 'core-js/actual/promise/with-resolvers.js';
