/**
 * The Primus network that a trainer's name stands for. The plans say nothing of it but the patch.
 *
 * Sources: the Primus trainers of nnU-Net 2.8.1 and Primus, PrimusV2, PrimusV3 of dynamic-network-architectures 0.4.4
 * (Wald et al., arXiv 2503.01835). All of them are 3D. Versions differ in how a box of voxels becomes a token.
 *
 * @module
 */
import { NnvolError } from "../core/errors.ts";
import { roundHalfEven } from "../core/rounding.ts";
import type { NetworkEnds } from "./architecture.ts";
import type { Primus, PrimusEmbedding } from "./spec.ts";

/** Voxels of a token along each axis. */
export const PRIMUS_BOX = 8;
/** Features within a block are this much wider than a token, rounded down. */
const MLP_RATIO = (4 * 2) / 3;

type Ends = Pick<NetworkEnds, "inputChannels" | "heads" | "trainer">;
type Size = Pick<Primus, "width" | "depth" | "attentionHeads">;

const SIZES: Readonly<Record<string, Size>> = {
	S: { width: 396, depth: 12, attentionHeads: 6 },
	B: { width: 792, depth: 12, attentionHeads: 12 },
	M: { width: 864, depth: 16, attentionHeads: 12 },
	L: { width: 1056, depth: 24, attentionHeads: 16 },
};

const EMBEDDINGS: Readonly<Record<string, PrimusEmbedding>> = {
	1: { kind: "linear" },
	2: { kind: "residual", features: [32, 32, 64, 128], activation: { kind: "relu" }, skips: false },
	3: {
		kind: "residual",
		features: [32, 64, 256, 1024],
		activation: { kind: "leaky_relu", slope: 0.01 },
		skips: true,
	},
};

/** nnUNet_Primus_S_Trainer, nnUNet_PrimusV2S_Trainer, _Primus_S_96_BS1, and names that go on from there. */
const NAME = /^(?:nnUNet)?_Primus(?:_|V([23]))([SBML])_/;

/** True for trainers whose network is a Primus, whatever the plans say. */
export function isPrimusTrainer(trainer: string): boolean {
	return /primus/i.test(trainer);
}

/**
 * The network that `ends.trainer` builds for patches of `patch` (z, y, x); `at` names the plans in errors.
 * @throws MODEL where the trainer is none of nnU-Net's own, or the patch does not consist of whole boxes of 8 voxels
 */
export function parsePrimus(patch: readonly number[], ends: Ends, at: string): Primus {
	const { inputChannels, heads, trainer } = ends;
	const [, version = "1", letter = ""] = NAME.exec(trainer) ?? [];
	const size = SIZES[letter];
	const embedding = EMBEDDINGS[version];
	if (size === undefined || embedding === undefined) {
		throw new NnvolError(
			"MODEL",
			`trainer ${trainer} builds a Primus network that nnU-Net 2.8.1 does not know; supported are nnUNet_Primus_X_Trainer, nnUNet_PrimusV2X_Trainer and nnUNet_PrimusV3X_Trainer for X = S, B, M, L, and trainers whose names continue nnUNet_Primus_X_`,
		);
	}
	assertBoxes(patch, trainer, at);
	return { kind: "primus", dimensions: 3, inputChannels, heads, patch, ...size, embedding };
}

function assertBoxes(patch: readonly number[], trainer: string, at: string): void {
	if (patch.length === 3 && patch.every((extent) => extent > 0 && extent % PRIMUS_BOX === 0)) return;
	throw new NnvolError(
		"MODEL",
		`${at}: trainer ${trainer} needs a 3D patch whose extents are multiples of ${PRIMUS_BOX}, found [${patch.join(", ")}]`,
	);
}

/** Name of the class that builds `net`: Primus, PrimusV2 or PrimusV3. */
export function primusClass({ embedding }: Primus): string {
	if (embedding.kind === "linear") return "Primus";
	return embedding.skips ? "PrimusV3" : "PrimusV2";
}

/** Tokens along each axis. */
export function primusGrid(net: Primus): readonly [number, number, number] {
	const [depth = 0, height = 0, width = 0] = net.patch.map((extent) => extent / PRIMUS_BOX);
	return [depth, height, width];
}

/** Features within the two-layer part of a block. */
export function primusHidden(net: Primus): number {
	return Math.trunc(net.width * MLP_RATIO);
}

/** Channels on the way from tokens to logits: one entry before each of three doublings, then the heads. */
export function primusDecoder(net: Primus): readonly [number, number, number, number] {
	const ratio = (net.width / (2 * net.heads)) ** (1 / 3);
	const narrowed = (step: number) => toEight(net.width / ratio ** step);
	return [net.width, narrowed(1), narrowed(2), net.heads];
}

/** The nearest multiple of 8 (ties upwards, by a trifle), at least 8. */
function toEight(channels: number): number {
	return Math.max(8, roundHalfEven((channels + 1e-6) / 8) * 8);
}
