/**
 * The metadata documents of Zarr arrays and groups, versions 2 and 3, checked and brought to what is needed here.
 *
 * @module
 */
import { z } from "zod";
import type { DType } from "../../core/dtype.ts";
import { volumeError } from "../fault.ts";
import { fillBits } from "./fill.ts";
import type { FileStore } from "./store.ts";
