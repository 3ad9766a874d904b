import { Center, Image } from "@mantine/core";
import { useEffect, useState } from "react";
import { iconOf } from "../files";

const SHOWN = ["image/jpeg", "image/png", "image/gif", "image/webp", "image/bmp"];
const SIDE = 48;

/** A chosen picture in small, or the icon of what it is; it says nothing that the name does not. */
export function Thumbnail({ file }: { file: File }) {
  const url = useObjectUrl(SHOWN.includes(file.type) ? file : null);
  const Icon = iconOf({ file_type: file.type });
  if (url === null) {
    return (
      <Center w={SIDE} h={SIDE} aria-hidden>
        <Icon size={28} aria-hidden />
      </Center>
    );
  }
  return <Image src={url} alt="" w={SIDE} h={SIDE} radius="sm" fit="cover" />;
}

/** An address of a file in memory, given back when it is not shown any more. */
function useObjectUrl(file: File | null): string | null {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    if (file === null) return;
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => {
      setUrl(null);
      URL.revokeObjectURL(made);
    };
  }, [file]);
  return url;
}
