/**
 * Simplified and smoothed surfaces: closed as before, near what they were, as other programs have them.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { asZyx } from "../../src/core/shape.ts";
import { simplifyMesh } from "../../src/image/simplify-mesh.ts";
import { smoothMesh } from "../../src/image/smooth-mesh.ts";
import { meshVolume, type TriangleMesh } from "../../src/image/triangle-mesh.ts";
import { surfaceFacts } from "../decode/objects/scene.ts";
import { distancesTo, maskMesh, meanAndMost, placesOn } from "./mesh-scene.ts";

const FOLDER = join(import.meta.dirname, "..", "fixtures", "simplify");

const numbers = z.array(z.number());
const measured = z.object({
	mean: numbers,
	largest: numbers,
	volume: z.number(),
	euler: z.number(),
	faces: z.number(),
});
const EXPECTED = z
	.object({
		shape: numbers,
		spacing: numbers,
		faces: z.number(),
		runs: z.array(z.object({ faces: z.number(), fast_simplification: measured, pyfqmr: measured })),
		smooth: z.object({
			rounds: z.number(),
			places: z.array(numbers),
			triangles: z.array(numbers),
			smoothed: z.array(numbers),
		}),
	})
	.parse(JSON.parse(readFileSync(join(FOLDER, "expected.json"), "utf8")));

/** The surface of the fixture's body. */
function body(): TriangleMesh {
	const bytes = readFileSync(join(FOLDER, "mask.bits"));
	const size = EXPECTED.shape.reduce((a, b) => a * b);
	const mask = Uint8Array.from({ length: size }, (_, i) => ((bytes[i >> 3] ?? 0) >> (7 - (i & 7))) & 1);
	return maskMesh(mask, asZyx(EXPECTED.shape), asZyx(EXPECTED.spacing));
}

function facts({ places, triangles }: TriangleMesh) {
	return surfaceFacts({ places: [...places], triangles: [...triangles] });
}

/** Random blobs, thin parts and single voxels. */
const masks = fc
	.record({
		shape: fc.tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 8 })),
		seed: fc.integer(),
		share: fc.constantFrom(0.15, 0.5, 0.85),
	})
	.map(({ shape, seed, share }) => {
		const mask = new Uint8Array(shape[0] * shape[1] * shape[2]);
		let state = seed | 1;
		for (let i = 0; i < mask.length; i++) {
			state = (Math.imul(state, 1664525) + 1013904223) | 0;
			mask[i] = (state >>> 8) / 2 ** 24 < share ? 1 : 0;
		}
		return { mask, shape };
	})
	.filter(({ mask }) => mask.includes(1));

const wishes = fc.oneof(
	fc.record({ fraction: fc.double({ min: 0.01, max: 1, noNaN: true }) }),
	fc.record({ maxError: fc.double({ min: 0.05, max: 3, noNaN: true }) }),
	fc.record({ fraction: fc.constantFrom(0.1, 0.5), maxError: fc.constantFrom(0.2, 1) }),
);

describe("simplified surfaces", () => {
	it("stay closed, keep topology and volume, and are the same each time", () => {
		fc.assert(
			fc.property(masks, wishes, ({ mask, shape }, wish) => {
				const mesh = maskMesh(mask, shape, [2, 1, 0.5]);
				const made = simplifyMesh(mesh, wish);
				const [before, after] = [facts(mesh), facts(made)];
				expect(after.isClosed).toBe(true);
				expect(after.euler).toBe(before.euler);
				expect(after.used).toBe(after.vertices);
				expect(made.triangles.length).toBeLessThanOrEqual(mesh.triangles.length);
				expect(Math.abs(meshVolume(made) / meshVolume(mesh) - 1)).toBeLessThan(1e-9);
				expect(simplifyMesh(mesh, wish)).toEqual(made);
				const { maxError } = { maxError: Number.POSITIVE_INFINITY, ...wish };
				expect(meanAndMost(distancesTo(made, mesh.places)).most).toBeLessThanOrEqual(maxError * (1 + 1e-9));
			}),
			{ numRuns: 150 },
		);
	}, 120_000);

	it("is the mesh itself where all is to be left", () => {
		const mesh = maskMesh(Uint8Array.of(1, 1, 0, 1), [1, 2, 2]);
		expect(facts(simplifyMesh(mesh, { fraction: 1 }))).toEqual(facts(mesh));
	});

	it.each([5, 7, 10, 12])("no triangle of a ball of radius %d faces inwards", (radius) => {
		const middle = radius + 1;
		const extent = 2 * middle + 1;
		const mask = Uint8Array.from({ length: extent ** 3 }, (_, i) => {
			const at = [Math.floor(i / extent ** 2), Math.floor(i / extent) % extent, i % extent];
			return Math.hypot(...at.map((place) => place - middle)) <= radius ? 1 : 0;
		});
		const mesh = maskMesh(mask, [extent, extent, extent]);
		for (const fraction of [0.5, 0.3, 0.1, 0.05, 0.01]) {
			const { places, triangles } = simplifyMesh(mesh, { fraction });
			expect(triangles.length / 3).toBeLessThanOrEqual(Math.ceil((fraction * mesh.triangles.length) / 3));
			const centred = places.map((place) => place - middle);
			for (let t = 0; t < triangles.length; t += 3) {
				const own = { places: centred, triangles: triangles.slice(t, t + 3) };
				expect(fromCentre(own)).toBeGreaterThan(0);
			}
		}
	});

	it("are nearer than other programs' with as many triangles, keep the volume, and the tunnel", () => {
		const mesh = body();
		expect(Math.abs(mesh.triangles.length / 3 / EXPECTED.faces - 1)).toBeLessThan(0.01);
		const before = placesOn(mesh, 0.2);
		for (const { faces, pyfqmr, fast_simplification: fast } of EXPECTED.runs.filter((run) => run.faces <= 1000)) {
			const made = simplifyMesh(mesh, { fraction: (3 * faces) / mesh.triangles.length });
			expect(made.triangles.length / 3).toBeLessThanOrEqual(faces);
			const there = meanAndMost(distancesTo(made, before.spread));
			const back = meanAndMost(distancesTo(mesh, placesOn(made, 0.2).spread));
			for (const other of [pyfqmr, fast]) {
				expect(there.mean).toBeLessThan(other.mean[0] ?? 0);
				expect(back.mean).toBeLessThan(other.mean[1] ?? 0);
				expect(Math.abs(meshVolume(made) / meshVolume(mesh) - 1)).toBeLessThan(Math.abs(other.volume - 1));
			}
			expect(facts(made)).toMatchObject({ isClosed: true, euler: facts(mesh).euler });
		}
	}, 120_000);

	it("with a largest error, both surfaces are near each other", () => {
		const mesh = body();
		for (const maxError of [0.5, 1, 2]) {
			const made = simplifyMesh(mesh, { maxError });
			const back = placesOn(made, 0.2);
			expect(meanAndMost(distancesTo(made, placesOn(mesh, 0.2).spread)).most).toBeLessThan(1.5 * maxError);
			expect(meanAndMost(distancesTo(mesh, back.spread)).most).toBeLessThan(2 * maxError);
			expect(made.triangles.length).toBeLessThan(mesh.triangles.length / (maxError < 1 ? 5 : 20));
		}
	}, 120_000);
});

/** The signed volume of the tetrahedron of one triangle and the origin. */
function fromCentre({ places, triangles }: TriangleMesh): number {
	return meshVolume({
		places: Float64Array.of(0, 0, 0, ...places),
		triangles: triangles.map((vertex) => vertex + 1),
	});
}

describe("smoothed surfaces", () => {
	it("are those of trimesh", () => {
		const { rounds, places, triangles, smoothed } = EXPECTED.smooth;
		const mesh = { places: Float64Array.from(places.flat()), triangles: Uint32Array.from(triangles.flat()) };
		const made = smoothMesh(mesh, rounds);
		const expected = smoothed.flat();
		expect(Math.max(...made.places.map((place, i) => Math.abs(place - (expected[i] ?? 0))))).toBeLessThan(1e-9);
		expect(smoothMesh(mesh, 0)).toEqual(mesh);
	});

	it("are closed, of less area and much the same volume", () => {
		const mesh = body();
		const made = smoothMesh(mesh, 10);
		const [before, after] = [facts(mesh), facts(made)];
		expect(after).toMatchObject({ isClosed: true, euler: before.euler });
		expect(after.area).toBeLessThan(0.97 * before.area);
		expect(Math.abs(after.volume / before.volume - 1)).toBeLessThan(0.01);
	});
});
