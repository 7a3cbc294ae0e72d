/**
 * Which device runs the network: what the user named, checked by loading a network of one node on it.
 *
 * @module
 */
import { errorText, NnvolError } from "../core/errors.ts";
import type { OnnxModel } from "../core/onnx.ts";
import { deviceText, listProviders, openInlineSession } from "./ort.ts";
import type { Device } from "./session.ts";

/** What `--device` can say. */
export type DeviceRequest = Device | { readonly kind: "auto" };

/** A device that can be had; `note` says where it is not the one that was hoped for. */
export type ChosenDevice = { readonly device: Device; readonly note?: string };

/** Reads `cpu`, `cuda`, `cuda:N` or `auto`. @throws CONFIG naming what is known */
export function parseDevice(text: string): DeviceRequest {
	const name = text.trim().toLowerCase();
	if (name === "auto" || name === "cpu") return { kind: name };
	const match = /^cuda(?::(\d{1,3}))?$/.exec(name);
	if (match !== null) return { kind: "cuda", index: Number(match[1] ?? 0) };
	throw new NnvolError("CONFIG", `device "${text}": expected cpu, cuda, cuda:N or auto`);
}

/**
 * The device that `text` names. `auto` is the first GPU where it can be had, else the CPU with a note.
 * @throws CONFIG where the text is none; RUNTIME where a device named explicitly cannot be had
 */
export async function chooseDevice(text: string): Promise<ChosenDevice> {
	const request = parseDevice(text);
	if (request.kind === "cpu") return { device: request };
	const device: Device = request.kind === "cuda" ? request : { kind: "cuda", index: 0 };
	const why = await whyNot(device);
	if (why === undefined) return { device };
	if (request.kind === "auto")
		return {
			device: { kind: "cpu" },
			note: `running on the CPU: no CUDA device can be used (--device ${deviceText(device)} says why)`,
		};
	const providers = (await listProviders()).map(({ name, bundled }) =>
		bundled ? name : `${name} (not installed with nnvol)`,
	);
	throw new NnvolError(
		"RUNTIME",
		`device ${deviceText(device)} cannot be had: ${why}. Tried to load the CUDA provider of ONNX Runtime, which knows: ` +
			`${providers.join(", ")}. Run "nnvol setup-gpu" to fetch the CUDA parts, check the driver with nvidia-smi, or use --device cpu`,
		{ fields: { device: deviceText(device), why } },
	);
}

/** Why a network cannot be loaded on `device`; undefined where it can. */
async function whyNot(device: Device): Promise<string | undefined> {
	try {
		const session = await openInlineSession(probe(), { device, threads: 1 });
		await session.close();
		return undefined;
	} catch (error) {
		return errorText(error);
	}
}

/** The smallest network there is: y = x for one float32 (opset 17), encoded once with `graph/onnx-proto.ts`. */
const IDENTITY =
	"CAgSBW5udm9sOj4KEwoBeBIBeRoBeSIISWRlbnRpdHkSBXByb2JlWg8KAXgSCgoICAESBAoCCAFiDwoBeRIKCggIARIECgIIAUIECgAQEQ==";

function probe(): OnnxModel {
	return { graph: new Uint8Array(Buffer.from(IDENTITY, "base64")), weights: [], input: "x", outputs: ["y"] };
}
