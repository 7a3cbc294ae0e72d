/**
 * Claims in a folder, also one that many machines share: a file a name.
 *
 * A worker has one file of its own a number of deaths, `.TOKEN.DEATHS.ticket`, and each of its claims is a hard link to it. So a
 * claim is there at once and whole (link(2) is atomic over NFS too), taking one costs one call, and whoever writes to the ticket
 * renews all claims on it and no other: one that somebody has taken over is no link to it any more. Ages are taken between
 * times that the file system itself gave, that of the claim and that of the own ticket just written; no machine's clock is asked.
 *
 * A claim is taken over by a second link, `.NAME.TOKEN.DEATHS.next`, named by the claim that is over: one of several gets it. It
 * looks again, so that a claim that is there by now is not buried, and renames the link over the old claim: there is no moment
 * without a claim, and deaths are not lost. Where the one who got it dies, its link is over in turn: it is renamed away, which
 * again one of several does, and what it was is looked at before it counts. Who stands at NAME in the end has the claim, whatever
 * each of the calls has said; so an answer that a network lost does no harm.
 *
 * @module
 */
import { type FileHandle, link, open, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { NnvolError } from "../../core/errors.ts";
import { makeFolder } from "../../core/folder.ts";
import { systemCode } from "../../core/system-fault.ts";
import { fileError } from "../../volume/fault.ts";
import { inLanes } from "../../volume/lanes.ts";
import { type ClaimText, decodeClaim, encodeClaim, type FoundClaim, isClaimName, isOver } from "./claim-text.ts";
import { isGone } from "./holder.ts";
import type { ClaimPlace, OnBeat } from "./place.ts";

/** Leases after which what a silent worker left besides claims is removed. */
const LEASES_KEPT = 10;

/** What file systems without hard links answer. */
const NO_LINKS: ReadonlySet<string> = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EINVAL", "EMLINK"]);

/** Files that are read at once. */
const FILES_AT_ONCE = 16;

const BESIDE = /^\..+\.(?:ticket|next|grave)$/;

/** Claims in the folder `root`; it is made when the first is taken. */
export class FolderPlace implements ClaimPlace {
	readonly #root: string;
	readonly #own: ClaimText;
	readonly #onBeat: OnBeat;
	/** By deaths; each is there, or being written. */
	readonly #tickets = new Map<number, Promise<string>>();
	#graves = 0;

	constructor(root: string, own: ClaimText, onBeat: OnBeat) {
		this.#root = root;
		this.#own = own;
		this.#onBeat = onBeat;
	}

	/** Removes tickets and links of workers that are gone, or silent for many leases before the last thing that happened here. */
	async clean(): Promise<void> {
		const names = (await readdir(this.#root).catch(() => [])).filter((name) => BESIDE.test(name));
		const found = new Map<string, Content>();
		await inLanes(names, FILES_AT_ONCE, async (name) => {
			const content = await readContent(join(this.#root, name)).catch(() => undefined);
			if (content !== undefined) found.set(name, content);
		});
		const latest = Math.max(0, ...[...found.values()].map(({ written }) => written));
		await inLanes(found, FILES_AT_ONCE, async ([name, { bytes, written }]) => {
			const text = decodeClaim(bytes);
			const isSilent = latest - written > LEASES_KEPT * (text?.lease ?? this.#own.lease);
			const isLeft = isSilent || (text !== undefined && isGone(text));
			if (isLeft) await rm(join(this.#root, name), { force: true }).catch(() => undefined);
		});
	}

	create(name: string, text: ClaimText): Promise<boolean> {
		return this.#link(join(this.#root, name), text);
	}

	look(name: string): Promise<FoundClaim | undefined> {
		return this.#read(join(this.#root, name));
	}

	async succeed(name: string, found: FoundClaim, text: ClaimText): Promise<void> {
		const path = join(this.#root, name);
		const next = join(this.#root, `.${name}.${found.version}.next`);
		if (!(await this.#link(next, text)) && !(await this.#takeNext(next, name, text))) return;
		const again = await this.#read(path);
		if (again === undefined || again.version !== found.version || !isOver(again, this.#own.lease)) {
			await rm(next, { force: true });
			return;
		}
		await rename(next, path).catch(unlessMissing(path));
	}

	/** True where the link is this worker's now: it was already, or the one whose it was is gone. */
	async #takeNext(next: string, name: string, text: ClaimText): Promise<boolean> {
		const other = await this.#read(next);
		if (other === undefined) return false;
		if (other.text?.token === this.#own.token) return true;
		if (!isOver(other, this.#own.lease)) return false;
		this.#graves += 1;
		const grave = join(this.#root, `.${name}.${this.#own.token}.${this.#graves}.grave`);
		await rename(next, grave).catch(unlessMissing(next));
		const buried = await this.#read(grave);
		await rm(grave, { force: true });
		// where somebody was quicker and this was the new link its owner finds it missing, and the old claim is still there
		if (buried === undefined || buried.version !== other.version) return false;
		return this.#link(next, text);
	}

	async remove(name: string): Promise<void> {
		const path = join(this.#root, name);
		await rm(path, { force: true }).catch((cause: unknown) => {
			throw fileError(path, "remove", cause);
		});
	}

	async names(): Promise<readonly string[]> {
		return (await readdir(this.#root).catch(unlessMissing(this.#root)))?.filter(isClaimName) ?? [];
	}

	async renew(): Promise<void> {
		for (const [deaths, ticket] of this.#tickets) await this.#touch(await ticket, deaths);
	}

	async close(): Promise<void> {
		for (const ticket of this.#tickets.values()) {
			const path = await ticket.catch(() => undefined);
			if (path !== undefined) await rm(path, { force: true }).catch(() => undefined);
		}
		this.#tickets.clear();
	}

	/** False where something is at `path`. */
	async #link(path: string, text: ClaimText): Promise<boolean> {
		for (let attempt = 0; ; attempt++) {
			try {
				await link(await this.#ticket(text.deaths), path);
				return true;
			} catch (cause) {
				const code = systemCode(cause);
				if (code === "EEXIST") return false;
				if (NO_LINKS.has(code)) throw noLinks(path, cause);
				if (code !== "ENOENT" || attempt > 0) throw fileError(path, "write", cause);
				// somebody has removed the ticket, or the whole folder
				this.#tickets.delete(text.deaths);
			}
		}
	}

	#ticket(deaths: number): Promise<string> {
		const known = this.#tickets.get(deaths);
		if (known !== undefined) return known;
		const making = this.#makeTicket(deaths);
		this.#tickets.set(deaths, making);
		making.catch(() => this.#tickets.delete(deaths));
		return making;
	}

	async #makeTicket(deaths: number): Promise<string> {
		const path = join(this.#root, `.${this.#own.token}.${deaths}.ticket`);
		const bytes = encodeClaim({ ...this.#own, deaths });
		try {
			await makeFolder(this.#root);
			await writeFile(path, bytes);
		} catch (cause) {
			throw fileError(path, "write", cause);
		}
		this.#onBeat({ kind: "file", path, bytes });
		return path;
	}

	/** Writes the same bytes again: the file system itself sets the time, which a call that sets times would not leave to it. */
	async #touch(path: string, deaths: number): Promise<void> {
		const file = await open(path, "r+").catch(unlessMissing(path));
		if (file === undefined) {
			this.#tickets.delete(deaths);
			return;
		}
		try {
			await file.write(encodeClaim({ ...this.#own, deaths }), 0, null, 0);
		} finally {
			await file.close();
		}
	}

	/** The time of the file system, ms. */
	async #now(): Promise<number> {
		await this.#touch(await this.#ticket(0), 0);
		return (await stat(await this.#ticket(0))).mtimeMs;
	}

	async #read(path: string): Promise<FoundClaim | undefined> {
		try {
			const content = await readContent(path);
			if (content === undefined) return undefined;
			const { bytes, written } = content;
			const text = decodeClaim(bytes);
			const isOwn = text?.token === this.#own.token;
			const version = text === undefined ? `unreadable-${Math.round(written)}.0` : `${text.token}.${text.deaths}`;
			return { text, version, silence: isOwn ? 0 : (await this.#now()) - written };
		} catch (cause) {
			throw fileError(path, "read", cause);
		}
	}
}

type Content = { readonly bytes: Uint8Array; readonly written: number };

/** Bytes and time of a file; undefined where it is not there. It is opened and not only asked for: over NFS that asks the server. */
async function readContent(path: string): Promise<Content | undefined> {
	let file: FileHandle | undefined;
	try {
		file = await open(path, "r");
		const { mtimeMs } = await file.stat();
		return { bytes: await file.readFile(), written: mtimeMs };
	} catch (cause) {
		// ESTALE: removed on another machine while it was read
		if (["ENOENT", "ESTALE"].includes(systemCode(cause))) return undefined;
		throw cause;
	} finally {
		await file?.close();
	}
}

/** Undefined where nothing is there. @throws VOLUME for anything else */
function unlessMissing(path: string): (cause: unknown) => undefined {
	return (cause) => {
		if (systemCode(cause) === "ENOENT") return undefined;
		throw fileError(path, "write", cause);
	};
}

function noLinks(path: string, cause: unknown): NnvolError {
	return new NnvolError(
		"UNBUILT",
		`${path}: the file system has no hard links, so work cannot be claimed there; put the output on one that has, or share it by fixed shares, without --claims`,
		{ cause, fields: { path } },
	);
}
