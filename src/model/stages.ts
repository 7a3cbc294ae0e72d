/**
 * How the stages of an encoder are named in the state dict, and where they take their stride.
 *
 * Source: PlainConvEncoder and ResidualEncoder of dynamic-network-architectures 0.4.4. A module that pools comes first in
 * its stage, so that the convolutions move one place on: in plain encoders only where something is pooled, in residual
 * ones always.
 *
 * @module
 */
import type { UNet } from "./spec.ts";

/** Prefix of what stage `stage` of the encoder computes, after pooling: `encoder.stages.1.0`, `encoder.stages.1`. */
export function stageName(net: UNet, stage: number): string {
	const at = `encoder.stages.${stage}`;
	if (net.kind === "plain_conv_unet") return `${at}.${isPooled(net) && isStrided(net.strides[stage] ?? []) ? 1 : 0}`;
	return isPooled(net) ? `${at}.1` : at;
}

/** Stride of the first convolution of stage `stage`: ones where the stage pools. */
export function convolutionStride(net: UNet, stage: number): readonly number[] {
	return isPooled(net) ? ones(net) : (net.strides[stage] ?? ones(net));
}

/** True where the encoder pools. */
export function isPooled(net: UNet): boolean {
	return net.pooling !== undefined && net.pooling !== "conv";
}

/** True for a stride that changes extents. */
export function isStrided(stride: readonly number[]): boolean {
	return stride.some((step) => step !== 1);
}

/** 1 for each axis. */
export function ones(net: UNet): readonly number[] {
	return new Array<number>(net.dimensions).fill(1);
}
