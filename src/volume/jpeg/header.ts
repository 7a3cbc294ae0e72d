/**
 * The frame header of a JPEG: extents and components.
 *
 * From ITU-T T.81 (1992), annex B: segments of a marker and a length, the frame's (SOF) before the first scan's (SOS).
 *
 * @module
 */
import { viewOf } from "../../core/bytes.ts";
import { volumeError } from "../fault.ts";
import { ByteFile } from "../streams/file.ts";

/** What the frame header says; 1 component is grey, 3 are colour. */
export type JpegHeader = { readonly width: number; readonly height: number; readonly components: 1 | 3 };

/** Every JPEG begins so. */
export const JPEG_MARK = [0xff, 0xd8, 0xff];

/** Pixels that are decoded at once: four bytes each, within the decoder's memory. */
const MOST_PIXELS = 2 ** 28;

/** Pixels that a byte can stand for: a block of 64 takes a bit or two, less where a run of blocks is empty. */
const MOST_RATIO = 2048;

const MARKER = {
	isFrame: (code: number) => code >= 0xc0 && code <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(code),
	isAlone: (code: number) => code === 0x01 || (code >= 0xd0 && code <= 0xd8),
	scan: 0xda,
	end: 0xd9,
} as const;

/** Reads the header of the file at `path`. @throws VOLUME where it is no JPEG, damaged, or of a kind that is not read */
export async function readJpegHeader(path: string): Promise<JpegHeader> {
	const file = await ByteFile.open(path);
	try {
		const header = await findFrame(file);
		const { width, height } = header;
		if (width * height > file.size * MOST_RATIO) {
			throw damaged(path, `${width}x${height} pixels cannot come from ${file.size} bytes`);
		}
		if (width * height > MOST_PIXELS) {
			throw volumeError(
				path,
				`${width}x${height} pixels are too many for a JPEG to be read at once; cut it into tiles`,
			);
		}
		return header;
	} finally {
		await file.close();
	}
}

async function findFrame(file: ByteFile): Promise<JpegHeader> {
	for (let at = 2; at + 4 <= file.size; ) {
		const head = await file.peek(at, 12);
		const code = head[1] ?? 0;
		if (head[0] !== 0xff) break;
		if (code === 0xff) at += 1;
		else if (MARKER.isAlone(code)) at += 2;
		else if (code === MARKER.scan || code === MARKER.end || head.length < 12) break;
		else if (MARKER.isFrame(code)) return parseFrame(file.path, code, head);
		else at += 2 + Math.max(2, viewOf(head).getUint16(2));
	}
	throw damaged(file.path, "it has no frame header");
}

function parseFrame(path: string, code: number, head: Uint8Array): JpegHeader {
	const view = viewOf(head);
	const [precision, height, width, components] = [
		view.getUint8(4),
		view.getUint16(5),
		view.getUint16(7),
		view.getUint8(9),
	];
	if (width === 0 || height === 0) throw damaged(path, `it has ${width}x${height} pixels`);
	const isKnown = code <= 0xc2 && precision === 8 && (components === 1 || components === 3);
	if (isKnown) return { width, height, components };
	const found = `${components} components of ${precision} bits, coding ${code - 0xc0}`;
	throw volumeError(path, `expected a grey or RGB JPEG of 8 bits, found ${found}; convert it to PNG or TIFF`);
}

function damaged(path: string, what: string): Error {
	return volumeError(path, `damaged JPEG: ${what}; copy or make it again`);
}
