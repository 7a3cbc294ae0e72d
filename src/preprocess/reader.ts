/**
 * What nnU-Net's reader classes make of a file: the axes an image gets, its spacing, and the way back.
 *
 * The class is the one the model was trained with; the file may be of any format. A class rules where nnU-Net itself would
 * read the format with it; for other formats the file's own word counts.
 *
 * Source: the behaviour of `nnunetv2.imageio` 2.8.1.
 *
 * @module
 */
import { basename } from "node:path";
import { NnvolError } from "../core/errors.ts";
import type { Affine, Geometry } from "../core/geometry.ts";
import { type Zyx, zyx } from "../core/shape.ts";
import type { VolumeInfo } from "../volume/volume.ts";
import { affineOfGeometry, geometryOfAffine } from "./affine.ts";
import { lettersOf, type Orientation, orientationOfAffine, orientationOfGeometry } from "./orientation.ts";
import { labelsWrittenBy, type Placement, plainPlacement } from "./placement.ts";
import {
	inverseTurn,
	isStill,
	NO_TURN,
	type Turn,
	turnAffine,
	turnGeometry,
	turnShape,
	turnToRas,
} from "./reorient.ts";
import { PLAIN_SPACING, readSidecar, readSpacing } from "./spacing.ts";

/** A file as a class sees it. */
export type View = {
	/** From the file's axes to the image's. */
	readonly turn: Turn;
	/** z, y, x of the image; undefined where nothing says it. */
	readonly spacing?: Zyx;
	readonly placement: Placement;
	/** What is compared between the channels of a case, and only noted where it differs. */
	readonly place: Readonly<Record<string, readonly number[]>>;
	readonly notes: readonly string[];
};

/** A file about to be read: `shape` is z, y, x in the file's axes. */
export type Seen = { readonly info: VolumeInfo; readonly rank: 2 | 3; readonly shape: Zyx };

/** Sections of a single image are this many times as far apart as its pixels, so that they are never mixed. */
const FAR = 999;

/** By whose rules the values of NIfTI are scaled. */
export function dialectOf(reader: string): "itk" | "nibabel" {
	return reader.startsWith("SimpleITK") ? "itk" : "nibabel";
}

/** What `reader` makes of a file. @throws INPUT where it has a place that the class cannot read; VOLUME where `ID.json` is damaged */
export async function viewOf(seen: Seen, reader: string): Promise<View> {
	switch (reader) {
		case "NaturalImage2DIO":
			return { ...(await ownView(seen)), spacing: PLAIN_SPACING };
		case "Tiff3DIO":
			return seen.info.format === "tiff" && seen.rank === 3 ? tiffView(seen) : ownView(seen);
		case "SimpleITKIO":
		case "SimpleITKIOWithReorient":
			return itkView(seen, reader);
		case "NibabelIO":
			return nibabelView(seen, false);
		case "NibabelIOWithReorient":
			return nibabelView(seen, true);
		default:
			return ownView(seen);
	}
}

/** Spacing and place that the file itself tells. */
async function ownView({ info, rank }: Seen): Promise<View> {
	const { geometry } = info;
	const spacing = geometry === undefined ? await readSpacing(info.path, info) : spacingOfGeometry(geometry, rank);
	const plain = plainPlacement(spacing, NO_TURN);
	return {
		turn: NO_TURN,
		...(spacing === undefined ? {} : { spacing }),
		placement: geometry === undefined ? plain : { ...plain, geometry },
		place: {},
		notes: [],
	};
}

/** Only `ID.json` beside counts, whatever the TIFF says. */
async function tiffView({ info }: Seen): Promise<View> {
	const beside = await readSidecar(info.path);
	const spacing: Zyx = beside ?? [1, 1, 1];
	const note = `${basename(info.path)}: no file beside it tells the spacing (ID.json with {"spacing": [z, y, x]}); 1 x 1 x 1 is taken`;
	return {
		turn: NO_TURN,
		spacing,
		placement: plainPlacement(spacing, NO_TURN),
		place: {},
		notes: beside === undefined ? [note] : [],
	};
}

async function itkView(seen: Seen, reader: "SimpleITKIO" | "SimpleITKIOWithReorient"): Promise<View> {
	const { info, rank, shape } = seen;
	const geometry = info.geometry;
	if (geometry === undefined) {
		if (info.affine !== undefined) throw unreadable(info, "SimpleITK", "its sform is sheared and it has no qform");
		return ownView(seen);
	}
	const reorient = reader === "SimpleITKIOWithReorient" && geometry.spacing.length === 3;
	const orientation = reorient ? orientationOfGeometry(geometry) : undefined;
	const turn = orientation === undefined ? NO_TURN : turnToRas(orientation);
	const back = inverseTurn(turn);
	const turned = isStill(turn) ? geometry : turnGeometry(geometry, shape, turn);
	const restored = isStill(turn) ? geometry : turnGeometry(turned, turnShape(shape, turn), back);
	return {
		turn,
		spacing: spacingOfGeometry(turned, rank),
		placement: {
			turn: back,
			geometry: restored,
			spacing: spacingOfGeometry(restored, rank),
			labels: labelsWrittenBy(reader),
			properties: {
				kind: "sitk",
				geometry: turned,
				...(orientation === undefined ? {} : { orientation: lettersOf(orientation) }),
			},
		},
		place: { origin: turned.origin, direction: turned.direction },
		notes: [],
	};
}

async function nibabelView(seen: Seen, reorient: boolean): Promise<View> {
	const { info, rank, shape } = seen;
	const affine = info.affine ?? (info.geometry === undefined ? undefined : affineOfGeometry(info.geometry));
	if (affine === undefined) return ownView(seen);
	const orientation = reorient && rank === 3 ? knownOrientation(info, affine) : undefined;
	const turn = orientation === undefined ? NO_TURN : turnToRas(orientation);
	const back = inverseTurn(turn);
	const turned = isStill(turn) ? affine : turnAffine(affine, shape, turn);
	const restored = isStill(turn) ? affine : turnAffine(turned, turnShape(shape, turn), back);
	const spacing = isStill(turn) ? zoomsOf(info, affine, rank) : columnLengths(turned, rank);
	return {
		turn,
		spacing,
		placement: {
			turn: back,
			geometry: info.geometry ?? geometryOfAffine(restored),
			affine: restored,
			spacing: zoomsOf(info, affine, rank),
			labels: "by-values",
			properties: { kind: "nibabel", original: affine, ...(reorient ? { reoriented: turned } : {}) },
		},
		place: { affine },
		notes: [],
	};
}

function knownOrientation(info: VolumeInfo, affine: Affine): Orientation {
	const orientation = orientationOfAffine(affine);
	if (orientation !== undefined) return orientation;
	throw unreadable(info, "nibabel", "an axis of its affine has no direction");
}

/** The voxel sizes of the header; for other formats than NIfTI those of the matrix. */
function zoomsOf(info: VolumeInfo, affine: Affine, rank: 2 | 3): Zyx {
	return rank === 3 && info.format === "nifti" && info.spacing?.length === 3
		? zyx(info.spacing)
		: columnLengths(affine, rank);
}

/** Lengths of the columns, z, y, x, as a header keeps them: in single precision. */
function columnLengths(affine: Affine, rank: 2 | 3): Zyx {
	const at = (row: number, column: number) => affine[row * 4 + column] ?? 0;
	const length = (c: number) => Math.fround(Math.sqrt(at(0, c) * at(0, c) + at(1, c) * at(1, c) + at(2, c) * at(2, c)));
	const [x, y, z] = [length(0), length(1), length(2)];
	return rank === 3 ? [z, y, x] : [Math.max(x, y) * FAR, y, x];
}

function spacingOfGeometry({ spacing }: Geometry, rank: 2 | 3): Zyx {
	const [x = 1, y = 1, z = 1] = spacing.map(Math.abs);
	return rank === 3 ? [z, y, x] : [Math.max(x, y) * FAR, y, x];
}

function unreadable(info: VolumeInfo, library: string, why: string): NnvolError {
	return new NnvolError(
		"INPUT",
		`${info.path}: ${why}, so that ${library}, which the model's images were read with, has no place for it; mend its header`,
		{ fields: { path: info.path } },
	);
}
