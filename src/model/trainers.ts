/**
 * What a trainer of nnU-Net changes about the network of the plans, known by the trainer's name.
 *
 * Of the trainers that nnU-Net 2.8.1 brings, only nnUNetTrainerBN and the Primus trainers build another network; which axes
 * may be mirrored, others change, is in the checkpoint. Trainers of one's own are taken to build what the plans say.
 *
 * @module
 */
import type { CheckpointFacts } from "./facts.ts";

/** nnUNetTrainerBN, and what is derived from it as far as names tell: nnUNetTrainerBN_NoMirroring, nnUNetTrainer_BN. */
const BATCH_NORM = /^nnUNetTrainer_?BN(?![a-z])/;

/** True where `trainer` replaces the norm of the plans by batch norm. */
export function bringsBatchNorm(trainer: CheckpointFacts["trainer"]): boolean {
	return BATCH_NORM.test(trainer);
}
