internal import CMartletWorker
internal import HTTPTypes
internal import MartletGateway
internal import NIOCore

/// From what workers have put into a slot to the answer of its request.
extension Lane {
    /// Answers the slot's request, where the worker has begun to or the server has a reason of its own.
    ///
    /// A worker that has the request cannot be stopped, and the answer is still wanted where the client has closed its half only.
    func answer(slot: Slot) {
        guard slot.isInUse, !slot.isAnswered, let exchange = slot.exchange, let supervisor else { return }
        let hasUpgraded = hasUpgraded(slot)
        if slot.phase == 0 && !slot.isLost && !slot.hasBrokenRules && slot.bodyRefusal == nil {
            if slot.verdict == .tookTooLong {
                slot.isAnswered = true
                abandon(slot)
                return exchange.complete(.gatewayTimeout)
            }
            guard hasUpgraded else { return }
        }
        slot.isAnswered = true
        if !slot.isLost, hasUpgraded { return exchange.complete(UpgradedSlot(slot: slot, lane: self).response) }
        if let error = slot.bodyRefusal {
            abandon(slot)
            return exchange.fail(error)
        }
        if slot.verdict == .waitedTooLong {
            release(slot)
            return exchange.complete(.overloaded)
        }
        do {
            exchange.complete(try ResponseReader(slot: slot, lane: self, supervisor: supervisor).response())
        } catch {
            exchange.fail(error)
        }
    }
}

extension Response {
    static let gatewayTimeout = Response.plain(
        .gatewayTimeout,
        "504 Gateway Timeout\n\nThe application has not answered in time.\n"
    )

    static let headTooLarge = Response.plain(
        .requestHeaderFieldsTooLarge,
        "431 Request Header Fields Too Large\n\nThe request head is larger than an application can be given.\n"
    )

    static let overloaded = Response(
        status: .serviceUnavailable,
        headers: Headers([(.contentType, "text/plain; charset=utf-8"), (.retryAfter, "1")]),
        body: .bytes(ByteBuffer(string: "503 Service Unavailable\n\nToo many requests wait for the application.\n"))
    )
}
