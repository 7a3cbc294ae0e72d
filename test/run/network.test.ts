import { describe, expect, it } from "vitest";
import { Network } from "../../src/run/network.ts";
import type { Session, Tensor } from "../../src/runtime/session.ts";

/** A session that multiplies, takes its time, and takes its input's buffer away as real ones do. */
function session(factor: number, events: string[] = [], name = ""): Session {
	return {
		device: { kind: "cpu" },
		run: async ({ data, shape }) => {
			const given = structuredClone(data, { transfer: [data.buffer] });
			events.push(`${name} begins`);
			await new Promise((done) => setTimeout(done, 2));
			events.push(`${name} ends`);
			return { data: given.map((v) => v * factor), shape };
		},
		close: async () => void events.push(`${name} closed`),
	};
}

const tensor = (...values: readonly number[]): Tensor => ({
	data: Float32Array.from(values),
	shape: [1, 1, values.length],
});

describe("a network of folds", () => {
	it("is the mean of their logits", async () => {
		const output = await new Network([[session(1), session(2), session(6)]], 1).run(tensor(1, -2));
		expect(output).toEqual(tensor(3, -6));
	});

	it("of one fold is that fold", async () => {
		expect(await new Network([[session(5)]], 1).run(tensor(1, 2))).toEqual(tensor(5, 10));
	});

	it("runs one batch and one fold at a time, in order", async () => {
		const events: string[] = [];
		const network = new Network([[session(1, events, "a"), session(1, events, "b")]], 1);
		await Promise.all([network.run(tensor(1)), network.run(tensor(2))]);
		expect(events).toEqual(["a begins", "a ends", "b begins", "b ends", "a begins", "a ends", "b begins", "b ends"]);
	});

	it("closes every fold", async () => {
		const events: string[] = [];
		await new Network([[session(1, events, "a"), session(1, events, "b")]], 1).close();
		expect(events.sort()).toEqual(["a closed", "b closed"]);
	});

	it("goes on after a batch that failed", async () => {
		let runs = 0;
		const failing: Session = {
			...session(1),
			run: async (input) => {
				runs++;
				if (runs === 1) throw new Error("first");
				return input;
			},
		};
		const network = new Network([[failing]], 1);
		const [first, second] = await Promise.allSettled([network.run(tensor(1)), network.run(tensor(2))]);
		expect(first).toMatchObject({ status: "rejected" });
		expect(second).toMatchObject({ status: "fulfilled", value: tensor(2) });
	});
});
