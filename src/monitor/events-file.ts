/**
 * Every event as a JSON line, with the time, host, process and share it comes from.
 *
 * One file a process, added to and never cut: the lines of a process that was killed stay, each whole.
 *
 * @module
 */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { AppendFile } from "./append-file.ts";
import { ownPath, type Sink, type Watched, workerOf } from "./sink.ts";

/** Opens the file, or one in the folder, that `path` names. @throws where it cannot be opened */
export async function openEventsFile(path: string, watched: Watched): Promise<Sink> {
	const place = await placeOf(path, watched);
	const { host, pid, share, onFault } = watched;
	const file = await AppendFile.open(place, onFault);
	const from = { host, pid, ...(share === "" ? {} : { shard: share }) };
	const write = (value: object) => {
		const line = JSON.stringify({ time: new Date().toISOString(), ...from, ...value });
		file.append(Buffer.from(`${line}\n`));
	};
	let told = 0;
	return {
		name: `events file ${place}`,
		take: (event) => write(event),
		tick: () => {
			if (file.dropped === told) return;
			told = file.dropped;
			write({ kind: "dropped", lines: told });
		},
		close: () => file.close(),
	};
}

async function placeOf(path: string, watched: Watched): Promise<string> {
	const isFolder = /[/\\]$/.test(path) || (await stat(path).catch(() => undefined))?.isDirectory() === true;
	return isFolder ? join(path, `events-${workerOf(watched)}.jsonl`) : ownPath(path, watched.share);
}
