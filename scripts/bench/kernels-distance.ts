/**
 * Distance, watershed, morphology and median beside edt, scipy and scikit-image.
 *
 * @module
 */
import type { KernelEntry } from "./kernels-entry.ts";

export const DISTANCE_ENTRIES: readonly KernelEntry[] = [];
