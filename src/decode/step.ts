/**
 * Steps of decoding as data, from what was written.
 *
 * @module
 */
import type { DecodeStep } from "../config/decoding/catalogue.ts";
import { readDecoding } from "../config/decoding/decoding.ts";
import { type DecodeNode, type Decoding, type InputRef, RAW, takenBy } from "../config/decoding/nodes.ts";
import { NnvolError } from "../core/errors.ts";

export type { DecodeStep } from "../config/decoding/catalogue.ts";
export type { Decoding } from "../config/decoding/nodes.ts";

/** The kwargs of the step `Name`, all of them. */
export type Kwargs<Name extends DecodeStep["name"]> = Extract<DecodeStep, { readonly name: Name }>["kwargs"];

/**
 * Decoding as it was written: `[{name, kwargs}, ...]`, or a graph. Names and kwargs of PyTorch Connectomics are taken.
 *
 * @throws CONFIG naming every step and kwarg that is wrong, what was expected and what is known; UNBUILT for steps not built
 */
export function parseDecoding(raw: unknown): Decoding {
	const { decoding, later, problems } = readDecoding(raw);
	if (problems.length > 0) throw new NnvolError("CONFIG", problems.map(({ text }) => `decoding: ${text}`).join("\n"));
	if (later.length > 0) throw new NnvolError("UNBUILT", `decoding: not built yet: ${later.join(", ")}`);
	return decoding;
}

/** True where every node works on all of the one before it, the first on all channels, and further inputs are all channels. */
export function isChain({ nodes }: Decoding): boolean {
	return nodes.every(({ inputs }, n) => {
		const before = nodes[n - 1]?.id;
		const rest = inputs.filter((ref) => ref.kind === "node" || ref.channels !== null);
		return before === undefined
			? rest.length === 0
			: rest.length === 1 && rest[0]?.kind === "node" && rest[0].id === before;
	});
}

/** Steps in order as nodes; channels that a step takes besides objects are the input's. */
export function chainOf(steps: readonly DecodeStep[]): Decoding {
	let before: InputRef = RAW;
	const nodes = steps.map((step, n): DecodeNode => {
		const takes = takenBy(step);
		const own = before;
		before = { kind: "node", id: `${n + 1}` };
		const takesBoth = takes.includes("objects");
		return { id: `${n + 1}`, step, inputs: takes.map((flow) => (takesBoth && flow === "channels" ? RAW : own)) };
	});
	return { nodes };
}
