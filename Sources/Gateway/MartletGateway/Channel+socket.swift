package import NIOCore

extension Channel {
    /// The descriptor of the channel's socket; nil if it has none. On its loop. It belongs to the channel.
    ///
    /// This is `withUnsafeTransportIfAvailable(of:)` without the type in its cast: with it the runtime compares generic requirements,
    /// which are 13,000 instructions for each connection, a tenth of what accepting one costs.
    package var socketDescriptor: NIOBSDSocket.Handle? {
        guard let core = _channelCore as? any NIOTransportAccessibleChannelCore else { return nil }
        return Self.socket(of: core)
    }

    private static func socket(of core: some NIOTransportAccessibleChannelCore) -> NIOBSDSocket.Handle? {
        try? core.withUnsafeTransport { $0 as? NIOBSDSocket.Handle }
    }
}
