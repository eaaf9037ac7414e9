using RaftKv.Load;

if (args is ["snapshot", .. string[] rest])
{
    await SnapshotBenchmark.RunAsync(rest);
    return 0;
}
if (LoadOptions.Parse(args) is not { } options)
{
    Console.Error.WriteLine(LoadOptions.Help);
    return args is ["--help"] ? 0 : 1;
}
string directory = options.Directory ?? Directory.CreateTempSubdirectory("raftkv-load-").FullName;
try
{
    foreach (int clients in options.Clients)
    {
        await using LoadCluster cluster = await LoadCluster.StartAsync(options.Nodes, Path.Combine(directory, $"clients{clients}"));
        Console.WriteLine(await new Measurement(options, cluster, clients).RunAsync());
    }
    return 0;
}
finally
{
    Directory.Delete(directory, recursive: true);
}
