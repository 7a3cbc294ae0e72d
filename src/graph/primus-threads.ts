/**
 * The matrix products of a Primus network whose sums may depend on the number of threads; see `threads.ts`.
 *
 * Linear maps are not among them: their constant weights are laid out when they are loaded, and then added up in blocks
 * of one size. Nor are norms, softmax and activations: threads share whole rows, and what the runtime computes many
 * entries at a time it computes alike for those that are left. Seen in ONNX Runtime 1.30 on x64, 1 to 16 threads.
 *
 * @module
 */
import { sizeOf } from "../core/shape.ts";
import { primusGrid } from "../model/primus.ts";
import type { Primus } from "../model/spec.ts";
import { queryShares } from "./primus-attention.ts";
import type { Product } from "./threads.ts";

/** Channels of one block of the layout of 2D convolutions. */
const LAYOUT_BLOCK = 16;

/** The convolutions before the tokens, section by section, and the two products of the attention. */
export function primusProducts(net: Primus): Product[] {
	const tokens = sizeOf(primusGrid(net));
	const size = net.width / net.attentionHeads;
	const share = tokens / queryShares(tokens);
	const attention = [Math.floor(share), Math.ceil(share)].flatMap((rows) => [
		{ rows, columns: tokens, depth: size, blocked: false },
		{ rows, columns: size, depth: tokens, blocked: false },
	]);
	return [...convolutions(net), ...attention];
}

function convolutions({ embedding, inputChannels, patch }: Primus): Product[] {
	if (embedding.kind === "linear") return [];
	const plane = sizeOf(patch.slice(-2));
	return embedding.features.flatMap((rows, level) => {
		const inputs = embedding.features[level - 1] ?? inputChannels;
		const columns = plane / 4 ** level;
		const conv = (from: number, kernel: number) => ({
			rows,
			columns,
			depth: from * kernel,
			blocked: from % LAYOUT_BLOCK === 0 && rows % LAYOUT_BLOCK === 0,
		});
		return [conv(inputs, 9), conv(rows, 9), conv(inputs, 1)];
	});
}
