using RaftKv.Node;
using RaftKv.Raft;
using RaftKv.Tests.Support;

namespace RaftKv.Tests;

/// <summary>Source: <see cref="StoreRecovery"/>.</summary>
public sealed class StoreRecoveryTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_forced_member_has_its_data_under_the_new_name_only()
    {
        using TemporaryFolder folder = new();
        await using (KeyValueStore store = await OpenAsync(folder.Path, "orders"))
            await store.PutAsync("k", "v", cancellationToken: Cancel);

        ForcedCluster forced = StoreRecovery.ForceNewCluster(folder.Path, "orders-2");

        Assert.Equal(("orders", "orders-2", new NodeId(1)), (forced.OldClusterId, forced.NewClusterId, forced.NodeId));
        RaftKvException refused = await Assert.ThrowsAsync<RaftKvException>(() => OpenAsync(folder.Path, "orders"));
        Assert.Equal(RaftKvError.WrongDirectory, refused.Error);
        await using KeyValueStore after = await OpenAsync(folder.Path, "orders-2");
        Assert.Equal("v", (await after.GetAsync("k", cancellationToken: Cancel))!.ValueText);
    }

    private static Task<KeyValueStore> OpenAsync(string path, string cluster) =>
        KeyValueStore.OpenAsync(new KeyValueStoreOptions { DataDirectory = path, ClusterId = cluster }, Cancel);
}
