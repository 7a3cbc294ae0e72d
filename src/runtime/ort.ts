/**
 * ONNX Runtime: the only file that loads `onnxruntime-node`.
 *
 * Its `run` blocks the thread it is called on, so all but tests and the session's own worker use `openSession`.
 * On the CPU the result does not depend on the batch nor on the number of threads (tested bit by bit).
 *
 * @module
 */
import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { errorText, NnvolError } from "../core/errors.ts";
import type { OnnxModel } from "../core/onnx.ts";
import { shapeText, sizeOf } from "../core/shape.ts";
import { assertFinite } from "./finite.ts";
import type { Device, Session, SessionOptions, Tensor } from "./session.ts";

type Ort = typeof import("onnxruntime-node");

/** Execution providers of this build of ONNX Runtime, and whether their libraries come with it. */
export async function listProviders(): Promise<readonly { readonly name: string; readonly bundled: boolean }[]> {
	const ort = await loadOrt();
	return ort.listSupportedBackends().map(({ name, bundled }) => ({ name, bundled }));
}

/**
 * A session on the calling thread, which each `run` blocks.
 * @throws RUNTIME where the device cannot be had or the graph cannot be loaded
 */
export async function openInlineSession(model: OnnxModel, options: SessionOptions): Promise<Session> {
	const ort = await loadOrt();
	const session = await create(ort, model, options);
	const { weights: _, graph: __, ...names } = model; // loaded: what is kept would be a second copy
	return new InlineSession(ort, session, names, options.device);
}

/** What a loaded session needs to know of its model. */
type ModelNames = Omit<OnnxModel, "graph" | "weights">;

class InlineSession implements Session {
	readonly device: Device;
	readonly #ort: Ort;
	readonly #model: ModelNames;
	#session: InferenceSession | undefined;

	constructor(ort: Ort, session: InferenceSession, model: ModelNames, device: Device) {
		this.device = device;
		this.#ort = ort;
		this.#session = session;
		this.#model = model;
	}

	async run(input: Tensor): Promise<Tensor> {
		const samples = input.shape[0] ?? 1;
		if (this.#model.single !== true || samples === 1) return this.#runOnce(input);
		const size = input.data.length / samples;
		let joined: Float32Array<ArrayBuffer> | undefined;
		let shape: readonly number[] = [];
		for (let n = 0; n < samples; n++) {
			const sample = { data: input.data.subarray(n * size, (n + 1) * size), shape: [1, ...input.shape.slice(1)] };
			const output = await this.#runOnce(sample);
			joined ??= new Float32Array(samples * output.data.length);
			joined.set(output.data, n * output.data.length);
			shape = [samples, ...output.shape.slice(1)];
		}
		return { data: joined ?? new Float32Array(0), shape };
	}

	async #runOnce(input: Tensor): Promise<Tensor> {
		const session = this.#session;
		if (session === undefined) throw new NnvolError("RUNTIME", "the session was closed");
		const { input: name, outputs } = this.#model;
		const output = outputs[0] ?? "logits";
		assertInput(session, name, input);
		try {
			const feeds = { [name]: new this.#ort.Tensor("float32", input.data, [...input.shape]) };
			const result = await session.run(feeds, [output]);
			return asTensor(output, result[output]);
		} catch (error) {
			throw explain(error, `running the network on float32 ${shapeText(input.shape)} on ${deviceText(this.device)}`);
		}
	}

	async close(): Promise<void> {
		const session = this.#session;
		this.#session = undefined;
		await session?.release();
	}
}

async function loadOrt(): Promise<Ort> {
	try {
		const ort = await import("onnxruntime-node");
		ort.env.logLevel = "fatal"; // what goes wrong is thrown as well; the log would repeat it on stderr
		return ort;
	} catch (error) {
		throw new NnvolError(
			"RUNTIME",
			`ONNX Runtime cannot be loaded for ${process.platform}/${process.arch}: ${errorText(error)}; reinstall nnvol on this machine`,
			{ cause: error },
		);
	}
}

async function create(ort: Ort, model: OnnxModel, options: SessionOptions): Promise<InferenceSession> {
	try {
		return await ort.InferenceSession.create(model.graph, sessionOptions(model, options));
	} catch (error) {
		throw explain(error, `loading the network on ${deviceText(options.device)}`);
	}
}

function sessionOptions(model: OnnxModel, options: SessionOptions): InferenceSession.SessionOptions {
	const { device, threads } = options;
	return {
		executionProviders: device.kind === "cpu" ? ["cpu"] : [{ name: "cuda", deviceId: device.index }],
		intraOpNumThreads: threads,
		interOpNumThreads: 1,
		executionMode: "sequential",
		graphOptimizationLevel: "all",
		// One block planned ahead for a whole run is larger than what a run needs at a time: a 3D network of 16 features
		// took 521 MB with it and 368 MB without, at the same speed.
		enableMemPattern: false,
		// Threads that wait in a loop for the next operator take the processor from those who read, decode and write:
		// beside other work on two cores a 3D tile took 110 ms without and 197 ms with, a 2D tile 65 and 62 ms.
		extra: { session: { intra_op: { allow_spinning: "0" } } },
		logSeverityLevel: 4,
		externalData: model.weights.map(({ path, data }) => ({ path, data })),
	};
}

/** @throws RUNTIME where the input has not the shape that the graph declares */
function assertInput(session: InferenceSession, name: string, input: Tensor): void {
	const declared = session.inputMetadata.find((value) => value.name === name);
	const shape = declared?.isTensor ? declared.shape : [];
	const fits =
		shape.length === input.shape.length &&
		shape.every((extent, axis) => typeof extent === "string" || extent === input.shape[axis]) &&
		sizeOf(input.shape) === input.data.length;
	if (fits) return;
	throw new NnvolError(
		"RUNTIME",
		`the network takes float32 ${shape.join("x")}, found ${shapeText(input.shape)} with ${input.data.length} elements`,
	);
}

function asTensor(name: string, tensor: OrtTensor | undefined): Tensor {
	const data = tensor?.data;
	if (tensor === undefined || !(data instanceof Float32Array)) {
		throw new NnvolError("RUNTIME", `output ${name}: expected float32, found ${tensor?.type ?? "nothing"}`);
	}
	const shape = [...tensor.dims];
	assertFinite(data, `output ${name} (${shapeText(shape)})`);
	const { buffer, byteOffset } = data;
	return {
		data: buffer instanceof ArrayBuffer ? new Float32Array(buffer, byteOffset, data.length) : data.slice(),
		shape,
	};
}

function explain(error: unknown, doing: string): NnvolError {
	if (error instanceof NnvolError) return error;
	const text = errorText(error);
	const next = /alloc|memory/i.test(text) ? "; it may have run out of memory: use a smaller batch size" : "";
	return new NnvolError("RUNTIME", `${doing} failed: ${text}${next}`, { cause: error });
}

/** A device as the user names it. */
export function deviceText(device: Device): string {
	return device.kind === "cpu" ? "cpu" : `cuda:${device.index}`;
}
