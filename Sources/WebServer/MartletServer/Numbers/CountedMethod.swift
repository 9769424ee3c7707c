/// The methods that are counted apart. A client can send any token, so all others are one.
package enum CountedMethod: Int, CaseIterable, Sendable {
    case get, head, post, put, patch, delete, options, connect, other

    package init(_ method: UnsafeRawBufferPointer) {
        // Of the methods that are counted, none has more than seven letters: they fit into a number, which is cheap to compare.
        guard method.count <= 7 else {
            self = .other
            return
        }
        var letters: UInt64 = 0
        for byte in method { letters = letters &<< 8 | UInt64(byte) }
        self =
            switch letters {
            case 0x47_4554: .get
            case 0x48_4541_44: .head
            case 0x50_4F53_54: .post
            case 0x50_5554: .put
            case 0x50_4154_4348: .patch
            case 0x44_454C_4554_45: .delete
            case 0x4F_5054_494F_4E53: .options
            case 0x43_4F4E_4E45_4354: .connect
            default: .other
            }
    }

    package var name: String { self == .other ? "other" : "\(self)".uppercased() }
}
