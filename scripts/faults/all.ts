/**
 * All faults of the lists.
 *
 * @module
 */
import { DECODE_FAULTS } from "./decode.ts";
import { DECODE_VOLUME_FAULTS } from "./decode-volumes.ts";
import type { Fault } from "./list.ts";
import { FAULTS } from "./list.ts";
import { MODEL_FAULTS } from "./models.ts";
import { MONITOR_FAULTS } from "./monitor.ts";
import { SCORE_FAULTS } from "./score.ts";
import { TUNE_FAULTS } from "./tune.ts";

export const ALL_FAULTS: readonly Fault[] = [
	FAULTS,
	MODEL_FAULTS,
	SCORE_FAULTS,
	DECODE_FAULTS,
	DECODE_VOLUME_FAULTS,
	TUNE_FAULTS,
	MONITOR_FAULTS,
].flat();
