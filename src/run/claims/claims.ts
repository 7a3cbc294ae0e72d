/**
 * Claims of one worker: in a folder, or in a place behind s3:// and gs://.
 *
 * @module
 */
import { NnvolError } from "../../core/errors.ts";
import { isRemote, openStore, plainPath, withoutSecrets } from "../../volume/stores/open-store.ts";
import { isConditional } from "../../volume/stores/store.ts";
import type { ClaimOptions, Claims } from "./claim.ts";
import { type ClaimText, ownText } from "./claim-text.ts";
import { ExclusiveClaims } from "./exclusive-claims.ts";
import { FolderPlace } from "./folder-place.ts";
import { Heartbeat } from "./heartbeat.ts";
import { marksInFolder, marksInStore } from "./mark-places.ts";
import { Marks } from "./marks.ts";
import { StorePlace } from "./store-place.ts";

export type { Claim, ClaimOptions, Claims } from "./claim.ts";

/**
 * Opens the claims in `folder`, a folder or a place in a bucket that need not be there. All who share work name the same one.
 *
 * Over a network a lease has to be longer than what machines keep of a folder (a minute on NFS).
 *
 * @throws UNBUILT for a place that can hold no claims (plain http, servers without conditional writes); RUN for no lease
 */
export async function openClaims(folder: string, { worker, lease, exclusive }: ClaimOptions): Promise<Claims> {
	if (!(Number.isFinite(lease) && lease > 0)) {
		throw new NnvolError("RUN", `a lease of ${lease} ms: expected more than none; name seconds, as --lease 300`);
	}
	const own = ownText(worker, lease);
	if (!exclusive) return openMarks(folder, own);
	const heartbeat = new Heartbeat(lease);
	const place = await (isRemote(folder) ? openObjects(folder, own, heartbeat) : openFolder(folder, own, heartbeat));
	return new ExclusiveClaims(place, own, heartbeat);
}

async function openMarks(folder: string, own: ClaimText): Promise<Claims> {
	return new Marks(isRemote(folder) ? marksInStore(await openStore(folder)) : marksInFolder(plainPath(folder)), own);
}

async function openFolder(folder: string, own: ClaimText, heartbeat: Heartbeat): Promise<FolderPlace> {
	const place = new FolderPlace(plainPath(folder), own, (beat) => heartbeat.add(beat));
	await place.clean();
	return place;
}

async function openObjects(folder: string, own: ClaimText, heartbeat: Heartbeat): Promise<StorePlace> {
	const store = await openStore(folder);
	if (!isConditional(store)) {
		const path = withoutSecrets(folder);
		throw new NnvolError("UNBUILT", `${path}: work cannot be claimed there; name a folder, s3:// or gs://`, {
			fields: { path },
		});
	}
	const place = new StorePlace(store, own, (beat) => heartbeat.add(beat));
	await place.check();
	return place;
}
