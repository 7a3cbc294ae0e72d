/**
 * Every tensor that the state dict of a Primus network holds, by name and shape, in torch's order of modules.
 *
 * Source: Primus and Eva of dynamic-network-architectures 0.4.4, EvaBlock of timm 1.0. The angles of the rotary
 * embedding are no part of the state dict; `mask_token` is, though only training with dropped tokens uses it.
 *
 * @module
 */
import type { Parameter } from "./parameters.ts";
import { PRIMUS_BOX, primusDecoder, primusGrid, primusHidden } from "./primus.ts";
import type { Primus, PrimusEmbedding } from "./spec.ts";

/** The tensors of `net`. */
export function primusParameters(net: Primus): Parameter[] {
	const { width } = net;
	const tokens = primusGrid(net).reduce((n, extent) => n * extent, 1);
	return [
		{ name: "mask_token", shape: [1, 1, width], buffer: true },
		...embedding(net),
		...decoder(net),
		one("eva.pos_embed", [1, tokens, width]),
		...Array.from({ length: net.depth }, (_, n) => block(net, `eva.blocks.${n}`)).flat(),
		...affine("eva.norm", width),
	];
}

const one = (name: string, shape: readonly number[]): Parameter => ({ name, shape, buffer: false });

/** Weight and bias of a linear map; `shape` is the weight's, the outputs first. */
function linear(name: string, shape: readonly number[]): Parameter[] {
	return [one(`${name}.weight`, shape), one(`${name}.bias`, [shape[0] ?? 0])];
}

const affine = (name: string, features: number): Parameter[] => linear(name, [features]);

function embedding(net: Primus): Parameter[] {
	const at = "down_projection";
	if (net.embedding.kind === "linear")
		return linear(`${at}.proj`, [net.width, net.inputChannels, PRIMUS_BOX, PRIMUS_BOX, PRIMUS_BOX]);
	const { features, skips } = net.embedding;
	const levels = features.slice(1);
	return [
		...residual(`${at}.stem.blocks.0`, net.inputChannels, features[0] ?? 0, true),
		...levels.flatMap((outputs, n) => residual(`${at}.stages.${n}.blocks.0`, features[n] ?? 0, outputs, false)),
		...linear(`${at}.final_proj`, [net.width, features.at(-1) ?? 0, 1, 1, 1]),
		...(skips ? skipParameters(net.width, net.embedding) : []),
	];
}

function skipParameters(width: number, { features }: Extract<PrimusEmbedding, { kind: "residual" }>): Parameter[] {
	const at = "down_projection";
	const levels = features.slice(0, -1);
	return [
		...levels.flatMap((inputs, n) => {
			const box = 2 ** (levels.length - n);
			return linear(`${at}.proj_to_tokens.${n}`, [width, inputs, box, box, box]);
		}),
		...levels.map((_, n) => one(`${at}.scale_proj_to_tokens.${n}`, [])),
	];
}

/** One BasicBlockD; the stem's convolutions have biases and no stride, the others no biases and a stride of 2. */
function residual(at: string, inputs: number, outputs: number, stem: boolean): Parameter[] {
	const conv = (name: string, shape: readonly number[], bias: boolean) => [
		...(bias ? linear(`${name}.conv`, shape) : [one(`${name}.conv.weight`, shape)]),
		...affine(`${name}.norm`, outputs),
	];
	return [
		...conv(`${at}.conv1`, [outputs, inputs, 3, 3, 3], stem),
		...conv(`${at}.conv2`, [outputs, outputs, 3, 3, 3], stem),
		...(inputs === outputs ? [] : conv(`${at}.skip.${stem ? 0 : 1}`, [outputs, inputs, 1, 1, 1], false)),
	];
}

function decoder(net: Primus): Parameter[] {
	const [width, first, second, heads] = primusDecoder(net);
	const double = (name: string, inputs: number, outputs: number) => [
		one(`${name}.weight`, [inputs, outputs, 2, 2, 2]),
		one(`${name}.bias`, [outputs]),
	];
	const at = "up_projection.decode";
	return [
		...double(`${at}.0.0`, width, first),
		...affine(`${at}.0.1`, first),
		...double(`${at}.1.0`, first, second),
		...affine(`${at}.1.1`, second),
		...double(`${at}.2`, second, heads),
	];
}

function block(net: Primus, at: string): Parameter[] {
	const { width } = net;
	const hidden = primusHidden(net);
	return [
		one(`${at}.gamma_1`, [width]),
		one(`${at}.gamma_2`, [width]),
		...affine(`${at}.norm1`, width),
		...linear(`${at}.attn.q_proj`, [width, width]),
		one(`${at}.attn.k_proj.weight`, [width, width]),
		...linear(`${at}.attn.v_proj`, [width, width]),
		...affine(`${at}.attn.norm`, width),
		...linear(`${at}.attn.proj`, [width, width]),
		...affine(`${at}.norm2`, width),
		...linear(`${at}.mlp.fc1_g`, [hidden, width]),
		...linear(`${at}.mlp.fc1_x`, [hidden, width]),
		...affine(`${at}.mlp.norm`, hidden),
		...linear(`${at}.mlp.fc2`, [width, hidden]),
	];
}
