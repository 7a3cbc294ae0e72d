/**
 * Activations of channel-first values, in place; one a channel.
 *
 * @module
 */
import { sigmoid, softmax } from "../image/softmax.ts";

/** What is applied to a channel's logits. */
export type Activation = "softmax" | "sigmoid" | "none";

/**
 * Applies `activations` (one a head) to float32 [heads, voxels]. Softmax is taken over all heads, as torch's
 * `softmax(dim=0)`, also where only some channels ask for it.
 */
export function activate(values: Float32Array<ArrayBuffer>, heads: number, activations: readonly Activation[]): void {
	const voxels = values.length / heads;
	if (activations.every((activation) => activation === "softmax")) {
		softmax(values, heads, values);
		return;
	}
	const soft = activations.includes("softmax") ? softmax(values, heads) : undefined;
	for (const [channel, activation] of activations.entries()) {
		const part = values.subarray(channel * voxels, (channel + 1) * voxels);
		if (activation === "sigmoid") sigmoid(part, part);
		if (activation === "softmax" && soft !== undefined)
			part.set(soft.subarray(channel * voxels, (channel + 1) * voxels));
	}
}
