/* The picture of layers.
 *
 * GET /slipway/images/{name}/layers
 *   {"image":{"id","names":[..]},
 *    "layers":[{"number":N,"directory":"/..","size":N,"files":N,"added":N,"changed":N,"removed":N,"hidden":N,"created_by","created",
 *               "comment","diff_id","chain_id","shared_with":["busybox:latest"..]}..]       the top first; the lowest is number 1
 *    "history":[{"created_by","created","comment","layer":N|null}..]                       the oldest first; null: made no layer
 *    "waste":{"bytes","files","paths","largest":[..]},"efficiency":0.97,"size":N,"truncated":bool}    see observe/stack.h
 *   ?layer=N&offset=M&limit=L: instead, a page of what that layer changes (100 unless said, 1000 at most)
 *
 * GET /slipway/containers/{name}/layers
 *   as observe/observe.h has it, and of the image's layers what is said above; ?layer= the same pages of those.
 *   ?follow=1: lines of JSON until the client or the container goes. The first is that document with "type":"layers" and "watched"
 *   (observe/live.h); it comes again when more happened than could be told. Then, for each path that changes,
 *   {"type":"change","at":"..","kind":"A"|"C"|"D"|"-","path":"/etc/x","size":N, and of what an image's layer had there before
 *   "was":N,"from":N,"from_created_by":"..","copied_up":bool}.
 *
 * GET /slipway/images/{name}/tree?path=/dir   and   GET /slipway/containers/{name}/tree?path=/dir
 *   One directory of the merged tree ("/" unless said): what observe/stack_directory.h has, and with it, the lowest first,
 *    "stack":[{"number":N,"created_by":".."}..]
 *   ?layer=N: as the stack is up to that layer. ?order=name|size (name unless said), ?offset=M&limit=L: a page (as above).
 *   A container's own layer is the last, above what its creation put between (mount points), which is the one before.
 */
#ifndef SLIPWAY_API_LAYERS_H
#define SLIPWAY_API_LAYERS_H

#include "api/http.h"

enum MHD_Result image_layers_show(struct request *request);
enum MHD_Result container_layers_show(struct request *request);
enum MHD_Result image_tree_show(struct request *request);
enum MHD_Result container_tree_show(struct request *request);

#endif
