/**
 * Where workers run: cards, cores, threads.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseCoreList, shareCores, shareThreads } from "../../../src/launch/local/cores.ts";
import { visibleGpus } from "../../../src/launch/local/gpus.ts";
import { type PlacesRequest, placeWorkers } from "../../../src/launch/local/places.ts";

const SMI = `GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-aaaa-1)
GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-bbbb-2)
  MIG 3g.20gb     Device  0: (UUID: MIG-cccc-3)
  MIG 3g.20gb     Device  1: (UUID: MIG-dddd-4)
GPU 2: NVIDIA A100-SXM4-40GB (UUID: GPU-eeee-5)
`;

describe("cards that can be seen", () => {
	it.each([
		["0,1", ["0", "1"]],
		[" 3 , 1 ", ["3", "1"]],
		["GPU-aaaa-1,MIG-GPU-x/1/0", ["GPU-aaaa-1", "MIG-GPU-x/1/0"]],
		["2,-1,3", ["2"]],
		["1,1", ["1"]],
		["", []],
		["NoDevFiles", []],
	])("CUDA_VISIBLE_DEVICES=%s", (list, names) => {
		const never = () => {
			throw new Error("asked the driver");
		};
		expect(visibleGpus({ CUDA_VISIBLE_DEVICES: list }, never)).toEqual(names);
	});

	it("are those of the driver without it, parts of divided ones in their place", () => {
		expect(visibleGpus({}, () => SMI)).toEqual(["GPU-aaaa-1", "MIG-cccc-3", "MIG-dddd-4", "GPU-eeee-5"]);
		expect(visibleGpus({}, () => "")).toEqual([]);
	});
});

describe("shares of cores", () => {
	it("reads lists", () => {
		expect(parseCoreList("0-3,8,10-11\n")).toEqual([0, 1, 2, 3, 8, 10, 11]);
		expect(parseCoreList("")).toEqual([]);
	});

	it("are all cores, each once, of nearly the same size", () => {
		fc.assert(
			fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 40 }), (cores, count) => {
				const all = Array.from({ length: cores }, (_, n) => 2 * n);
				const shares = shareCores(all, count);
				expect(shares.flat()).toEqual(cores < count ? [] : all);
				const sizes = shares.map(({ length }) => length);
				if (cores >= count) expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
			}),
		);
	});

	it("threads come to what there are, and to one each at least", () => {
		fc.assert(
			fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 40 }), (threads, count) => {
				const shares = shareThreads(threads, count);
				expect(shares).toHaveLength(count);
				expect(Math.min(...shares)).toBeGreaterThanOrEqual(1);
				if (threads >= count) expect(shares.reduce((a, b) => a + b, 0)).toBe(threads);
			}),
		);
	});
});

describe("places", () => {
	const place = (request: Partial<PlacesRequest>, cards: readonly string[] = []) =>
		placeWorkers({
			workers: undefined,
			device: "auto",
			gpus: 1,
			threads: 8,
			env: { NNVOL_PIN_CORES: "0" },
			list: () => cards,
			...request,
		});
	const short = (request: Partial<PlacesRequest>, cards: readonly string[] = []) =>
		place(request, cards).places.map(({ device, gpu = "-", threads }) => `${device} ${gpu} ${threads}`);

	it("one a card, each seeing its own alone", () => {
		expect(short({ gpus: -1 }, ["A", "B", "C"])).toEqual(["auto A 2", "auto B 3", "auto C 3"]);
		expect(short({ gpus: 2, device: "cuda" }, ["A", "B", "C"])).toEqual(["cuda:0 A 4", "cuda:0 B 4"]);
		expect(short({ workers: 2, device: "cuda" }, ["5", "7"])).toEqual(["cuda:0 5 4", "cuda:0 7 4"]);
	});

	it("more workers than cards share them in turn", () => {
		expect(short({ workers: 4 }, ["A", "B"])).toEqual(["auto A 2", "auto B 2", "auto A 2", "auto B 2"]);
	});

	it("on the CPU where there are no cards, with a note", () => {
		expect(short({ workers: 2 })).toEqual(["cpu - 4", "cpu - 4"]);
		expect(place({ workers: 2 }).notes).toEqual(["running on the CPU: no GPU was found"]);
		expect(short({ workers: 3, device: "cpu" }, ["A"])).toEqual(["cpu - 2", "cpu - 3", "cpu - 3"]);
	});

	it("a card that is named is every worker's", () => {
		expect(short({ workers: 2, device: "cuda:1" }, ["A", "B"])).toEqual(["cuda:1 - 4", "cuda:1 - 4"]);
	});

	it("cards that are not there are told; a card that was asked for stays asked for", () => {
		expect(place({ gpus: 4 }, ["A", "B"]).notes).toEqual(["2 of the 4 GPUs asked for are there"]);
		expect(short({ workers: 2, device: "cuda" })).toEqual(["cuda - 4", "cuda - 4"]);
	});

	it("none where one process does all", () => {
		expect(place({ gpus: -1 }, ["A"]).places).toEqual([]);
		expect(place({ gpus: -1 }).places).toEqual([]);
		expect(place({ workers: 1 }, ["A", "B"]).places).toEqual([]);
		expect(place({ gpus: 4, device: "cuda:1" }, ["A", "B"]).places).toEqual([]);
	});
});
