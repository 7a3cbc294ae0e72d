/**
 * Everything that is compiled to `dist/image/kernels.wasm`. AssemblyScript: arguments are addresses in the module's memory,
 * which `src/image/wasm.ts` hands out; nothing is allocated here.
 *
 * @module
 */
export { argmax, argmaxOfTwo } from "./argmax";
export { acrossRows, runsOfBits, runsOfLabels, squareRoots } from "./distance";
export { joinQuads, numberQuads, startQuads } from "./quads";
export { joinRows, measureRuns, numberRuns, scanLabels8, scanLabels16, scanLabels32, scanMask } from "./runs";
export { rangeSums } from "./statistics";
