/** Task queue of the worker unless another is named; the one that `temporal workflow start --task-queue bronze` means. */
export const defaultTaskQueue = 'bronze';
