import NIOCore

/// How long upstreams and clients may take, ready to be added to a time: durations have 128 bits, and each request needs several.
struct ProxyTimes: Sendable {
    let connect: TimeAmount
    let send: TimeAmount
    let answer: TimeAmount
    let read: TimeAmount
    let tunnel: TimeAmount
    let queue: TimeAmount
    let total: TimeAmount?

    init(_ configuration: ProxyConfiguration) {
        connect = TimeAmount(configuration.connectTimeout)
        send = TimeAmount(configuration.sendTimeout)
        answer = TimeAmount(configuration.answerTimeout)
        read = TimeAmount(configuration.readTimeout)
        tunnel = TimeAmount(configuration.tunnelTimeout)
        queue = TimeAmount(configuration.queueTimeout)
        total = configuration.totalTimeout.map { TimeAmount($0) }
    }
}
