// npm run build: bundles src/ into dist/, with types, for the package that `npm pack` makes.

import { buildPackage } from './build/build-package.ts';

await buildPackage();
