import protobuf from 'protobufjs';
import descriptor from 'protobufjs/ext/descriptor.js';

/** A compiled schema: what `protoc --include_imports --descriptor_set_out` and buf write. @throws Error for what is none. */
export function descriptorSetRoot(base64: string): protobuf.Root {
  // Names as the .proto files had them.
  return protobuf.Root.fromDescriptor(Buffer.from(base64, 'base64'), { keepCase: true });
}

/** The full name of the first message of the file that the set was made for: it comes last. @throws RangeError. */
export function firstMessageOf(base64: string): string {
  // The library gives what its own decoder made an open type.
  const set = descriptor.FileDescriptorSet.toObject(
    descriptor.FileDescriptorSet.decode(Buffer.from(base64, 'base64')),
    { arrays: true },
  ) as descriptor.IFileDescriptorSet;
  const file = set.file.at(-1);
  const message = file?.messageType?.[0]?.name;
  if (file == null || message == null) throw new RangeError('it has no message');
  const { package: packageName } = file;
  return packageName == null || packageName === '' ? message : `${packageName}.${message}`;
}
