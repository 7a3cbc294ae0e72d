/**
 * Which channel objects are made of: the one whose mean over each object is told.
 *
 * It is the channel that the decoder takes as foreground, followed back through the steps before it to the channels that
 * decoding is given; of several that are averaged it is the first.
 *
 * @module
 */
import type { DecodeNode, Decoding, InputRef } from "../config/decoding/nodes.ts";
import { givenBy, takenBy } from "../config/decoding/nodes.ts";
import { channelsOf } from "./channels.ts";
import type { DecodeStep } from "./step.ts";

/**
 * The channel, of the `count` that decoding is given, that the objects of its last step are made of.
 *
 * @throws CONFIG where a step means a channel that is not there
 */
export function valueChannelOf(decoding: Decoding, count: number): number {
	return new Trace(decoding, count).start();
}

/** Goes back along the nodes. */
class Trace {
	readonly #nodes: readonly DecodeNode[];
	readonly #count: number;

	constructor({ nodes }: Decoding, count: number) {
		this.#nodes = nodes;
		this.#count = count;
	}

	start(): number {
		const last = this.#nodes.at(-1);
		return last === undefined ? 0 : this.#objects(last);
	}

	/** Of the objects that `node` gives. */
	#objects(node: DecodeNode): number {
		const takes = takenBy(node.step);
		const channels = node.inputs[takes.indexOf("channels")];
		if (channels !== undefined && isDecoder(node.step)) {
			return this.#channel(channels, foregroundOf(node.step, this.#width(channels)));
		}
		const before = this.#nodeOf(node.inputs[takes.indexOf("objects")]);
		return before === undefined ? 0 : this.#objects(before);
	}

	/** The channel decoding is given that channel `n` of `ref` was made of. */
	#channel(ref: InputRef, n: number): number {
		if (ref.kind === "raw") return this.#chosen(ref)[n] ?? 0;
		const node = this.#nodeOf(ref);
		const [input] = node?.inputs ?? [];
		if (node === undefined || input === undefined) return 0;
		return this.#channel(input, keptBy(node.step, this.#width(input))?.[n] ?? n);
	}

	/** How many channels `ref` has. */
	#width(ref: InputRef): number {
		if (ref.kind === "raw") return this.#chosen(ref).length;
		const node = this.#nodeOf(ref);
		const [input] = node?.inputs ?? [];
		if (node === undefined || input === undefined) return this.#count;
		const before = this.#width(input);
		return keptBy(node.step, before)?.length ?? before;
	}

	#chosen({ channels }: Extract<InputRef, { readonly kind: "raw" }>): readonly number[] {
		return channelsOf(channels, this.#count, "raw");
	}

	#nodeOf(ref: InputRef | undefined): DecodeNode | undefined {
		return ref?.kind === "node" ? this.#nodes.find(({ id }) => id === ref.id) : undefined;
	}
}

/** Channels that a step gives of those it takes; undefined where it gives all in their order. */
function keptBy({ name, kwargs }: DecodeStep, count: number): readonly number[] | undefined {
	if (name === "select_channels") return channelsOf(kwargs.channels, count, "channels");
	return name === "channel_gate" ? channelsOf(kwargs.signal_channels, count, "signal_channels") : undefined;
}

/** True for steps that make objects of channels: others that take both only change objects. */
function isDecoder(step: DecodeStep): boolean {
	return givenBy(step) === "objects" && takenBy(step)[0] === "channels";
}

/** Which of `count` channels a decoder takes for the objects themselves. */
function foregroundOf(step: DecodeStep, count: number): number {
	switch (step.name) {
		case "decode_distance_watershed":
			return channelsOf(step.kwargs.distance_channels, count, "distance_channels")[0] ?? 0;
		case "decode_instance_binary_contour_distance":
			return channelsOf(step.kwargs.binary_channels, count, "binary_channels")[0] ?? 0;
		case "decode_affinity_cc":
			return channelsOf(step.kwargs.affinity_channels, count, "affinity_channels")[0] ?? 0;
		case "decode_connected_components":
		case "decode_binary_watershed":
		case "decode_binary_contour_watershed":
		case "decode_seeded_watershed":
			return step.kwargs.channel;
		default:
			return 0;
	}
}
