/**
 * A file that a mesh is written to while it is made: Wavefront OBJ, binary PLY, or a fragment of Neuroglancer's legacy meshes.
 *
 * Memory does not grow with the mesh: OBJ takes vertices and triangles as they come, the others gather triangles in a file
 * beside and put it behind the vertices at the end.
 *
 * Formats: OBJ as its specification has it (indices from 1); PLY 1.0, binary little endian; "legacy single-resolution
 * meshes" of neuroglancer's "precomputed" specification: the number of vertices, their places as float32 x, y, z, then three
 * numbers of vertices a triangle, all little endian.
 *
 * @module
 */
import { NnvolError } from "../../core/errors.ts";
import type { Zyx } from "../../core/shape.ts";
import { Spool } from "./spool.ts";

/** What a mesh is written as. */
export const MESH_FORMATS = ["obj", "ply", "precomputed"] as const;
export type MeshFormat = (typeof MESH_FORMATS)[number];

/** Where voxels lie: the centre of voxel `i` (z, y, x) is at `(i + offset) * scale`. */
export type Placing = { readonly scale: Zyx; readonly offset: Zyx };

/** How large a mesh is. */
export type MeshSize = { readonly vertices: number; readonly triangles: number };

/** Receives a mesh; vertices are numbered from 0 in the order they come. */
export interface MeshFile {
	readonly size: MeshSize;
	/** x, y, z each. */
	vertices(places: Float64Array): void;
	/** Three numbers of vertices each, of vertices that came before. */
	triangles(indices: Uint32Array): void;
	/** Writes what has gathered. @throws VOLUME */
	flush(): Promise<void>;
	/** Makes the file whole and durable. @throws VOLUME */
	finish(): Promise<void>;
	/** Removes what was written; never throws. */
	discard(): Promise<void>;
}

/** Begins the file of one mesh at `path`. @throws VOLUME */
export async function beginMesh(path: string, format: MeshFormat): Promise<MeshFile> {
	const begun: Spool[] = [];
	try {
		const begin = async (name: string) => {
			const spool = await Spool.begin(name);
			begun.push(spool);
			return spool;
		};
		const target = await begin(path);
		if (format === "obj") return new ObjFile(target);
		const parts = { target, places: await begin(`${path}.vertices`), faces: await begin(`${path}.triangles`) };
		return new BinaryFile(path, parts, format === "ply" ? PLY : FRAGMENT);
	} catch (error) {
		for (const spool of begun) await spool.discard();
		throw error;
	}
}

class ObjFile implements MeshFile {
	readonly #spool: Spool;
	#vertices = 0;
	#triangles = 0;

	constructor(spool: Spool) {
		this.#spool = spool;
	}

	get size(): MeshSize {
		return { vertices: this.#vertices, triangles: this.#triangles };
	}

	vertices(places: Float64Array): void {
		this.#vertices += places.length / 3;
		this.#add("v", Array.from(places, shortText));
	}

	triangles(indices: Uint32Array): void {
		this.#triangles += indices.length / 3;
		this.#add(
			"f",
			Array.from(indices, (index) => String(index + 1)),
		);
	}

	flush(): Promise<void> {
		return this.#spool.flush();
	}

	finish(): Promise<void> {
		return this.#spool.finish();
	}

	discard(): Promise<void> {
		return this.#spool.discard();
	}

	#add(word: string, values: readonly string[]): void {
		const lines: string[] = [];
		for (let i = 0; i < values.length; i += 3) lines.push(`${word} ${values[i]} ${values[i + 1]} ${values[i + 2]}\n`);
		this.#spool.add(Buffer.from(lines.join(""), "latin1"));
	}
}

/** Without the last bits that products put in. */
function shortText(place: number): string {
	return String(Number(place.toPrecision(12)));
}

/** How a binary format has its head and its triangles. */
type BinaryForm = {
	head(size: MeshSize): Uint8Array;
	pack(indices: Uint32Array): Uint8Array;
};

const PLY: BinaryForm = {
	head: ({ vertices, triangles }) =>
		Buffer.from(
			[
				"ply",
				"format binary_little_endian 1.0",
				`element vertex ${vertices}`,
				...["x", "y", "z"].map((axis) => `property float ${axis}`),
				`element face ${triangles}`,
				"property list uchar uint vertex_indices",
				"end_header\n",
			].join("\n"),
			"latin1",
		),
	pack: (indices) => {
		const bytes = new DataView(new ArrayBuffer((indices.length / 3) * 13));
		for (let i = 0, at = 0; i < indices.length; i += 3, at += 13) {
			bytes.setUint8(at, 3);
			for (let n = 0; n < 3; n++) bytes.setUint32(at + 1 + 4 * n, indices[i + n] ?? 0, true);
		}
		return new Uint8Array(bytes.buffer);
	},
};

const FRAGMENT: BinaryForm = {
	head: ({ vertices }) => packed([vertices], "setUint32"),
	pack: (indices) => packed(indices, "setUint32"),
};

/** Four bytes a number, little endian. */
function packed(values: ArrayLike<number>, set: "setUint32" | "setFloat32"): Uint8Array {
	const bytes = new DataView(new ArrayBuffer(4 * values.length));
	for (let i = 0; i < values.length; i++) bytes[set](4 * i, values[i] ?? 0, true);
	return new Uint8Array(bytes.buffer);
}

/** The file itself, and the two that vertices and triangles wait in until their numbers are known. */
type Parts = { readonly target: Spool; readonly places: Spool; readonly faces: Spool };

class BinaryFile implements MeshFile {
	readonly #path: string;
	readonly #parts: Parts;
	readonly #form: BinaryForm;
	#vertices = 0;
	#triangles = 0;

	constructor(path: string, parts: Parts, form: BinaryForm) {
		this.#path = path;
		this.#parts = parts;
		this.#form = form;
	}

	get size(): MeshSize {
		return { vertices: this.#vertices, triangles: this.#triangles };
	}

	vertices(places: Float64Array): void {
		this.#vertices += places.length / 3;
		this.#parts.places.add(packed(places, "setFloat32"));
	}

	triangles(indices: Uint32Array): void {
		this.#triangles += indices.length / 3;
		this.#parts.faces.add(this.#form.pack(indices));
	}

	async flush(): Promise<void> {
		if (this.#vertices > MOST_VERTICES) throw tooMany(this.#path);
		await this.#parts.places.flush();
		await this.#parts.faces.flush();
	}

	async finish(): Promise<void> {
		const { target, places, faces } = this.#parts;
		await this.flush();
		target.add(this.#form.head(this.size));
		await target.addAll(places);
		await target.addAll(faces);
		await target.finish();
		await places.discard();
		await faces.discard();
	}

	async discard(): Promise<void> {
		for (const spool of Object.values(this.#parts)) await spool.discard();
	}
}

/** Vertices are numbered in 32 bits. */
const MOST_VERTICES = 2 ** 32 - 1;

function tooMany(path: string): NnvolError {
	const message = `${path}: the object's surface has more than ${MOST_VERTICES} vertices, as many as a file can number; mesh a coarser scale`;
	return new NnvolError("VOLUME", message, { fields: { path } });
}
