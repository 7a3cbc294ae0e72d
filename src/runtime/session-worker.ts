/**
 * The thread a session lives in: opens it, runs what comes, one call at a time, and ends on request.
 *
 * @module
 */
import { once } from "node:events";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { errorText, NnvolError } from "../core/errors.ts";
import { type Gate, through } from "./gate.ts";
import { openInlineSession } from "./ort.ts";
import type { ErrorRecord, Request, Response, WorkerInput } from "./protocol.ts";
import type { Session } from "./session.ts";

if (parentPort !== null) await serve(parentPort, workerData);

async function serve(port: MessagePort, { gate }: WorkerInput): Promise<void> {
	const reply = (response: Response, transfer: ArrayBuffer[] = []) => port.postMessage(response, transfer);
	const [request] = await once(port, "message");
	const session = await open(request, gate, reply);
	if (session === undefined) return;
	let last = Promise.resolve(); // calls are answered in their order
	let closing = false;
	port.on("message", (request: Call) => {
		closing ||= request.kind === "close";
		// Whoever closes has given up what still waits.
		last = last.then(() =>
			closing && request.kind === "run" ? undefined : answer(session, gate, request, port, reply),
		);
	});
	reply({ kind: "ready" });
}

/** Requests of an open session. */
type Call = Exclude<Request, { kind: "open" }>;

/** The session, or undefined where it cannot be made and that was told. */
async function open(request: Request, gate: Gate, reply: (response: Response) => void): Promise<Session | undefined> {
	if (request.kind !== "open") return undefined; // closed before it was opened
	try {
		return await through(gate, () => openInlineSession(request.model, request.options));
	} catch (error) {
		reply({ kind: "failed", error: record(error) });
		return undefined;
	}
}

async function answer(
	session: Session,
	gate: Gate,
	request: Call,
	port: MessagePort,
	reply: (response: Response, transfer?: ArrayBuffer[]) => void,
): Promise<void> {
	if (request.kind === "close") {
		await through(gate, () => session.close());
		port.close();
		return;
	}
	try {
		const output = await through(gate, () => session.run(request.input));
		const spent = request.input.data; // goes back, so that nobody need make another for the next tiles
		reply({ kind: "done", id: request.id, output, spent }, [output.data.buffer, spent.buffer]);
	} catch (error) {
		reply({ kind: "failed", id: request.id, error: record(error) });
	}
}

function record(error: unknown): ErrorRecord {
	if (error instanceof NnvolError) return { code: error.code, message: errorText(error), fields: error.fields };
	return { code: "RUNTIME", message: errorText(error), fields: {} };
}
