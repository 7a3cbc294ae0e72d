/**
 * A worker's side of the link to the command that started it: questions are answered, and the end of the parent is noticed.
 *
 * The link is Node's channel between processes. It closes when the parent goes, however it goes, so no worker outlives it.
 *
 * @module
 */

import { peakMemory } from "../../run/peak-memory.ts";

/** Set in the environment of workers that have a parent. */
export const WORKER_VARIABLE = "NNVOL_LOCAL_WORKER";

/** What a parent asks: a sign of life, or an end that drops what is in hand cleanly. */
export type Question = { readonly kind: "ping" } | { readonly kind: "stop" };

/** A sign of life: resident memory now and at its highest, bytes. */
export type Answer = { readonly kind: "pong"; readonly memory: number; readonly peak: number };

/** Milliseconds in which a worker whose parent is gone drops what it has in hand. */
const GRACE = 30_000;

/** True in a worker that another command started and watches over. */
export function hasParent(): boolean {
	return process.env[WORKER_VARIABLE] !== undefined && process.channel !== undefined && process.channel !== null;
}

/**
 * Answers the parent, and calls `stop` where it asks for that or is gone; call what is given at the end of the work. The link does
 * not keep the process alive.
 */
export function obeyParent(stop: () => void): () => void {
	const onMessage = (message: unknown) => {
		if (isQuestion(message, "stop")) stop();
		if (isQuestion(message, "ping")) answer();
	};
	const onGone = () => {
		stop();
		// what hangs must not go on for ever without anybody to see it
		setTimeout(() => process.kill(process.pid, "SIGKILL"), GRACE).unref();
	};
	process.on("message", onMessage);
	process.on("disconnect", onGone);
	process.channel?.unref();
	if (!process.connected) onGone();
	return () => {
		process.off("message", onMessage);
		process.off("disconnect", onGone);
	};
}

function answer(): void {
	const pong: Answer = { kind: "pong", memory: process.memoryUsage.rss(), peak: peakMemory() };
	process.send?.(pong, undefined, undefined, () => undefined); // a parent that is gone by now closes the link
}

function isQuestion(message: unknown, kind: Question["kind"]): boolean {
	return typeof message === "object" && message !== null && "kind" in message && message.kind === kind;
}
