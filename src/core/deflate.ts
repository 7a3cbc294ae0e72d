/**
 * What deflate (gzip, zlib, zip, PNG) can do at best.
 *
 * @module
 */

/** The largest ratio that deflate can reach, rounded up: 1032 bytes for one, 258 bytes for a match of 2 bits. */
export const DEFLATE_RATIO = 1032;
