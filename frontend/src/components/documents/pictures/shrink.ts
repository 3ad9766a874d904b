const WORTH = 2 * 1024 * 1024; // bytes from which making a picture smaller is offered
const LONGEST = 2560; // pixels
const QUALITY = 0.85;

// What every browser decodes, and what has one picture in it. A GIF may move, a TIFF have pages, and
// DICOM is for a diagnosis.
const TYPES = ["image/jpeg", "image/png", "image/webp", "image/bmp"];

/** Whether making this file smaller can be offered. */
export const canShrink = (file: File): boolean => file.size > WORTH && TYPES.includes(file.type);

/** It cannot be decoded, or would not become smaller. */
export class ShrinkError extends Error {
  readonly reason: "failed" | "useless";

  constructor(reason: "failed" | "useless", cause?: unknown) {
    super(reason, { cause });
    this.reason = reason;
  }
}

/** Return the picture as a smaller JPEG, the right way up; its name keeps its stem. */
export async function shrink(file: File): Promise<File> {
  const blob = await drawn(file).catch((error: unknown) => {
    throw new ShrinkError("failed", error);
  });
  if (blob === null || blob.size >= file.size) throw new ShrinkError("useless");
  return new File([blob], `${stemOf(file.name)}.jpg`, {
    type: "image/jpeg",
    lastModified: file.lastModified,
  });
}

async function drawn(file: File): Promise<Blob | null> {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  try {
    const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    const context = canvas.getContext("2d");
    if (context === null) throw new Error("The browser draws no pictures.");
    context.fillStyle = "white"; // a JPEG has no transparency
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.imageSmoothingQuality = "high";
    context.drawImage(picture, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
  } finally {
    picture.close();
  }
}

function stemOf(name: string): string {
  const dot = name.lastIndexOf(".");
  return dot > 0 ? name.slice(0, dot) : name;
}
