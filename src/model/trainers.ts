/**
 * What a trainer of nnU-Net changes about the network of the plans.
 *
 * Of the trainers that nnU-Net 2.8.1 brings, only nnUNetTrainerBN and the Primus trainers build another network; which axes
 * may be mirrored, others change, is in the checkpoint.
 *
 * @module
 */

/** True for nnU-Net's trainer that replaces the norm of the plans by batch norm. */
export function bringsBatchNorm(trainer: string): boolean {
	return trainer === "nnUNetTrainerBN";
}

/**
 * True where the trainer may build another network than the plans say, so that the weights decide: for all but nnU-Net's
 * own standard trainer. Trainers of one's own are often derived from nnUNetTrainerBN.
 */
export function mayChangeNetwork(trainer: string): boolean {
	return trainer !== "nnUNetTrainer";
}
