/**
 * Event files: what is written is what an independent reader finds, which also reads a file of tensorboardX.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { imageRecord, scalarsRecord, textRecord, versionRecord } from "../../src/monitor/event-file.ts";
import { eventsIn, fieldsOf, recordsOf } from "./tfrecord.ts";

const FIXTURES = join(import.meta.dirname, "..", "fixtures", "monitor");
const AT = { time: new Date(1_700_000_000_250), step: 3 };

const told = z.object({
	scalars: z.array(z.tuple([z.number(), z.number(), z.number()])),
	image: z.object({ height: z.number(), width: z.number() }),
	text: z.string(),
});

describe("event files", () => {
	const theirs = readFileSync(join(FIXTURES, "tensorboardx.tfevents"));
	const facts = told.parse(JSON.parse(readFileSync(join(FIXTURES, "tensorboardx.json"), "utf8")));

	it("the reader finds in tensorboardX's file what was put in", () => {
		const events = eventsIn(theirs);
		expect(events[0]?.version).toBe("brain.Event:2");
		const curve = events.filter(({ values }) => values[0]?.tag === "progress/part_done");
		expect(curve.map(({ time, step, values }) => [time, step, values[0]?.scalar])).toEqual(facts.scalars);
		expect(events.flatMap(({ values }) => values).find(({ image }) => image !== undefined)?.image).toMatchObject(
			facts.image,
		);
		expect(events.flatMap(({ values }) => values).find(({ text }) => text !== undefined)?.text).toBe(facts.text);
	});

	it("a curve, a picture and a text are read back", () => {
		const [time, step] = [AT.time.getTime() / 1000, AT.step];
		const png = Uint8Array.from({ length: 300 }, (_, i) => i % 251);
		const file = Buffer.concat([
			versionRecord(AT.time),
			scalarsRecord(
				AT,
				new Map([
					["a/b", 0.5],
					["c", -3],
				]),
			),
			imageRecord(AT, "samples/ä", { png, height: 20, width: 30 }),
			textRecord(AT, "failures", "über"),
		]);
		expect(eventsIn(file)).toEqual([
			{ time, step: 0, version: "brain.Event:2", values: [] },
			{
				time,
				step,
				values: [
					{ tag: "a/b", scalar: 0.5 },
					{ tag: "c", scalar: -3 },
				],
			},
			{ time, step, values: [{ tag: "samples/ä", image: { height: 20, width: 30, png: Buffer.from(png) } }] },
			{ time, step, values: [{ tag: "failures", text: "über" }] },
		]);
	});

	it("each point of tensorboardX's curve has our fields and values", () => {
		const [, theirPoint] = recordsOf(theirs).filter((body) => Buffer.from(body).includes("progress/part_done"));
		const [time = 0, step = 0, value = 0] = facts.scalars[1] ?? [];
		const own = scalarsRecord({ time: new Date(time * 1000), step }, new Map([["progress/part_done", value]]));
		const [ourPoint] = recordsOf(own);
		if (theirPoint === undefined || ourPoint === undefined) throw new Error("no point");
		const plain = (body: Uint8Array) => fieldsOf(body).map(({ number }) => number);
		expect(plain(ourPoint)).toEqual(plain(theirPoint));
		expect(eventsIn(own)[0]).toEqual(eventsIn(theirs).find((event) => event.step === 1));
	});

	it("any numbers and tags come back, as 32-bit floats", () => {
		const curves = fc.dictionary(fc.string({ minLength: 1 }), fc.float({ noNaN: true }));
		fc.assert(
			fc.property(curves, fc.nat(), fc.nat({ max: 4e9 }), (values, step, seconds) => {
				const map = new Map(Object.entries(values));
				const [event] = eventsIn(scalarsRecord({ time: new Date(1000 * seconds), step }, map));
				expect(event).toMatchObject({ time: seconds, step });
				expect(event?.values.map(({ tag, scalar }) => [tag, scalar])).toEqual([...map]);
			}),
		);
	});

	it("a damaged byte is found by the reader", () => {
		const record = Buffer.from(scalarsRecord(AT, new Map([["a", 1]])));
		record[20] = (record[20] ?? 0) ^ 1;
		expect(() => recordsOf(record)).toThrow("a checksum does not fit");
	});
});
