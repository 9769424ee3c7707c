internal import MartletBytes

/// What identifies the bytes of a representation: `"abc"`, or `W/"abc"` for those that only mean the same (RFC 9110
/// section 8.8.3).
package struct EntityTag: Sendable, Equatable {
    package let isWeak: Bool
    /// With its quotes, without `W/`.
    package let opaque: [UInt8]

    /// Nil if the bytes are no entity tag.
    package init?(_ bytes: some BidirectionalCollection<UInt8>) {
        let text = FieldSyntax.trimmed(bytes)
        isWeak = text.starts(with: "W/".utf8)
        opaque = Array(isWeak ? text.dropFirst(2) : text.dropFirst(0))
        guard opaque.count >= 2, opaque.first == UInt8(ascii: "\""), opaque.last == UInt8(ascii: "\""),
            opaque.dropFirst().dropLast().allSatisfy(Self.isInside)
        else { return nil }
    }

    private static func isInside(_ byte: UInt8) -> Bool { byte > 0x20 && byte != 0x22 && byte != 0x7F }

    /// Whether the value of If-Match or If-None-Match names this one. A list is read until its first fault.
    ///
    /// - Parameter strongly: weak tags do not count, on either side.
    package func isNamed(in list: UnsafeRawBufferPointer, strongly: Bool) -> Bool {
        if strongly && isWeak { return false }
        var place = 0
        while true {
            while place < list.count, ASCII.isBlank(list[place]) || list[place] == UInt8(ascii: ",") { place += 1 }
            let isOtherWeak =
                list.count - place > 2 && list[place] == UInt8(ascii: "W") && list[place + 1] == UInt8(ascii: "/")
            if isOtherWeak { place += 2 }
            guard place < list.count, list[place] == UInt8(ascii: "\"") else { return false }
            let start = place
            place += 1
            while place < list.count, Self.isInside(list[place]) { place += 1 }
            guard place < list.count, list[place] == UInt8(ascii: "\"") else { return false }
            place += 1
            if !(strongly && isOtherWeak), list[start..<place].elementsEqual(opaque) { return true }
            while place < list.count, ASCII.isBlank(list[place]) { place += 1 }
            guard place < list.count, list[place] == UInt8(ascii: ",") else { return false }
        }
    }
}
