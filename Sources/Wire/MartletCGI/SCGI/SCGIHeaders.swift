import MartletBytes
package import NIOCore

/// The head of a request in SCGI: a netstring (its length, a colon, the headers, a comma) of names and values that each end with
/// a NUL. The first is CONTENT_LENGTH, and one is SCGI with the value 1. The body follows.
///
/// https://python.ca/scgi/protocol.txt
package enum SCGIHeaders {
    /// Digits of a length: more than any limit needs.
    private static let lengthDigits = 7

    /// Takes the headers off the input.
    ///
    /// - Returns: nil if they are not whole.
    package static func read(
        _ input: inout ByteBuffer,
        limits: CGIVariables.Limits
    ) throws(CGIFault) -> CGIVariables? {
        if let first = input.getInteger(at: input.readerIndex, as: UInt8.self), !ASCII.isDigit(first) {
            guard input.readableBytes >= 4 else { return nil }
            throw Stranger(input)?.fault(.scgi) ?? .invalidNetstring
        }
        let beginning = input.readableBytesView.prefix(lengthDigits + 1)
        let digits = beginning.prefix { ASCII.isDigit($0) }
        // No zeros before a number, and not so many digits (https://cr.yp.to/proto/netstrings.txt).
        if digits.count > lengthDigits || (digits.first == UInt8(ascii: "0") && digits.count > 1) {
            throw .invalidNetstring
        }
        guard digits.count < beginning.count else { return nil }
        guard beginning[digits.endIndex] == UInt8(ascii: ":"), let length = DecimalText.value(of: digits) else {
            throw .invalidNetstring
        }
        // Each variable has two NULs.
        let most = limits.bytes &+ limits.count &* 2
        guard length <= most else { throw .netstringTooLong(limit: most) }
        let start = input.readerIndex + digits.count + 1
        guard let block = input.getSlice(at: start, length: length),
            let end = input.getInteger(at: start + length, as: UInt8.self)
        else { return nil }
        guard end == UInt8(ascii: ",") else { throw .invalidNetstring }
        input.moveReaderIndex(forwardBy: digits.count + length + 2)
        return try variables(in: block, limits)
    }

    private static func variables(
        in block: ByteBuffer,
        _ limits: CGIVariables.Limits
    ) throws(CGIFault) -> CGIVariables {
        var variables = CGIVariables(within: block, limits: limits)
        let bytes = block.readableBytesView
        let base = bytes.startIndex
        var index = base
        func text() throws(CGIFault) -> Range<Int> {
            guard let end = bytes[index...].firstIndex(of: 0) else { throw .unpairedName }
            defer { index = end + 1 }
            return (index - base)..<(end - base)
        }
        while index < bytes.endIndex {
            let name = try text()
            let value = try text()
            if variables.isEmpty,
                !bytes[(base + name.lowerBound)..<(base + name.upperBound)].elementsEqual("CONTENT_LENGTH".utf8)
            {
                throw .lengthIsNotFirst
            }
            do throws(CGIVariables.Overflow) { try variables.append(nameAt: name, valueAt: value) } catch {
                throw CGIFault(error)
            }
        }
        if variables.isEmpty { throw .lengthIsNotFirst }
        guard variables["SCGI"] == "1" else { throw .noSCGI }
        return variables
    }

    /// What cannot be said in SCGI.
    package struct NULInVariable: Error, Sendable, Equatable {
        package let name: String
    }

    /// Writes the headers of a request, which begin with CONTENT_LENGTH and have SCGI among them.
    ///
    /// - Throws: ``NULInVariable``. A NUL in a value, `%00` in a path, would be the end of it, and what follows another variable.
    package static func write(_ variables: CGIVariables, into output: inout ByteBuffer) throws(NULInVariable) {
        var broken: NULInVariable?
        let size = variables.size &+ variables.entries.count &* 2
        variables.forEach { name, value in
            if name.contains(0) || value.contains(0) {
                broken = NULInVariable(name: String(decoding: name, as: UTF8.self))
            }
        }
        if let broken { throw broken }
        output.writeString(String(size))
        output.writeInteger(UInt8(ascii: ":"))
        variables.forEach { name, value in
            for text in [name, value] {
                output.writeBytes(text)
                output.writeInteger(0, as: UInt8.self)
            }
        }
        output.writeInteger(UInt8(ascii: ","))
    }
}
