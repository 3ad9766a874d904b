export { changeFileCount, setFileCount } from "./cache";
export { FileCountBadge, type FileCountBadgeProps } from "./FileCountBadge";
export { useFileCounts } from "./useFileCounts";
