/**
 * Where `nnvol objects` puts meshes: which folder, which coordinates, and whether the volume is to name it.
 *
 * @module
 */
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { NnvolError } from "../core/errors.ts";
import type { MeshFormat, Placing } from "../decode/objects/mesh-file.ts";
import { MESH_FOLDER, type MeshPlace, meshPlaceOf } from "../decode/objects/mesh-folder.ts";
import type { ObjectTable } from "../decode/objects/object-table.ts";
import { nanometersIn } from "../volume/convert/carry.ts";
import { isRemote, plainPath } from "../volume/stores/location.ts";
import type { VolumeInfo } from "../volume/volume.ts";

/** Where meshes go. */
export type MeshTarget = {
	readonly folder: string;
	/** The name to put into the volume's info; undefined where that names a folder already, or the meshes lie elsewhere. */
	readonly refer: string | undefined;
	/** The volume's first voxel lies here, z, y, x in voxels. */
	readonly offset: readonly [number, number, number];
	/** What the user should be told. */
	readonly note?: string;
};

/** The target of meshes of the volume at `path`. @throws CONFIG where no folder is told; VOLUME */
export async function meshTarget(
	info: VolumeInfo,
	path: string,
	format: MeshFormat,
	out: string | undefined,
): Promise<MeshTarget> {
	const isOwnKind = format === "precomputed" && info.format === "precomputed";
	if (!isOwnKind) return { folder: out ?? needOut(), refer: undefined, offset: [0, 0, 0] };
	const place = await meshPlaceOf(path, info.dataset);
	if (isRemote(path)) return { folder: out ?? needOut(), refer: undefined, offset: place.offset };
	return ownTarget(plainPath(path), place, out);
}

/** Within the volume, unless another folder is asked for. */
function ownTarget(volume: string, { offset, folder: named }: MeshPlace, out: string | undefined): MeshTarget {
	const isItself = out === undefined || resolve(out) === resolve(volume);
	if (isItself && named !== undefined && /^[a-z0-9+]+:\/\//i.test(named)) return needOut();
	const folder = isItself ? join(volume, named ?? MESH_FOLDER) : out;
	const name = relative(volume, folder).split(sep).join("/");
	const isWithin = !name.startsWith("..") && !isAbsolute(name);
	if (!isWithin || name === named) return { folder, refer: undefined, offset };
	if (named === undefined) return { folder, refer: name, offset };
	const note = `the info of ${volume} names its meshes "${named}", which was left so; these are not found through it`;
	return { folder, refer: undefined, offset, note };
}

function needOut(): never {
	throw new NnvolError("CONFIG", "--mesh needs --out, the folder that meshes are written to");
}

/**
 * Where voxels lie in a mesh. The first voxel's centre is at 0 in OBJ and PLY. Neuroglancer counts in nanometers from the
 * outer corner of the voxel at 0, and volumes may begin at another voxel.
 */
export function placingOf(
	{ spacing, unit }: Pick<ObjectTable, "spacing" | "unit">,
	format: MeshFormat,
	[z, y, x]: MeshTarget["offset"],
): { readonly placing: Placing; readonly note?: string } {
	if (format !== "precomputed") return { placing: { scale: spacing, offset: [0, 0, 0] } };
	const factor = unit === undefined ? undefined : nanometersIn(unit);
	const [sz, sy, sx] = spacing;
	const length = factor ?? 1;
	const placing: Placing = { scale: [sz * length, sy * length, sx * length], offset: [z + 0.5, y + 0.5, x + 0.5] };
	if (factor !== undefined) return { placing };
	const known = unit === undefined ? "tells no unit of its voxel size" : `has its voxel size in "${unit}"`;
	return { placing, note: `the volume ${known}; in the meshes it counts as nanometers` };
}
