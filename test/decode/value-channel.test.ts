/**
 * Which channel objects are made of, through chains and graphs.
 */
import { describe, expect, it } from "vitest";
import { parseDecoding } from "../../src/decode/step.ts";
import { valueChannelOf } from "../../src/decode/value-channel.ts";

const step = (name: string, kwargs: object = {}) => ({ name, kwargs });
const graph = (nodes: readonly object[]) => ({ graph: { nodes } });

describe("the channel that objects are made of", () => {
	it.each<readonly [string, unknown, number]>([
		["is the decoder's", [step("decode_connected_components", { channel: 2 })], 2],
		[
			"is what was selected before it",
			[step("select_channels", { channels: [3, 1] }), step("decode_binary_watershed", { channel: 1 })],
			1,
		],
		[
			"counts from the end",
			[step("select_channels", { channels: [-1] }), step("decode_connected_components"), step("keep_largest")],
			3,
		],
		[
			"goes through clean-up and gates",
			[
				step("channel_gate", { signal_channels: [2, 0], gate_channel: 1 }),
				step("threshold", { threshold: 0.5 }),
				step("decode_connected_components", { channel: 1 }),
			],
			0,
		],
		["is the first of several", [step("decode_distance_watershed", { distance_channels: [2, 3] })], 2],
		["is the first affinity", [step("decode_affinity_cc", { affinity_channels: [1, 2, 3] })], 1],
		[
			"is that of what grows, in a graph",
			graph([
				{ name: "seeds", op: "decode_connected_components", inputs: ["raw[1]"] },
				{ name: "grown", op: "decode_seeded_watershed", inputs: ["raw[2:4]", "seeds"], kwargs: { channel: 1 } },
				{ name: "kept", op: "keep_largest", inputs: ["grown"] },
			]),
			3,
		],
	])("%s", (_, raw, channel) => {
		expect(valueChannelOf(parseDecoding(raw), 4)).toBe(channel);
	});
});
