BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0006');
CREATE TABLE attempts (
	id VARCHAR NOT NULL, 
	task VARCHAR NOT NULL, 
	nodes TEXT NOT NULL, 
	hosts TEXT NOT NULL, 
	directory VARCHAR NOT NULL, 
	state VARCHAR, 
	rc INTEGER, 
	message TEXT, 
	started FLOAT NOT NULL, 
	ended FLOAT, 
	interrupted_hosts TEXT, 
	leftovers TEXT, 
	PRIMARY KEY (id), 
	FOREIGN KEY(task) REFERENCES tasks (id) ON DELETE CASCADE
);
INSERT INTO "attempts" VALUES('20261130-022650-764221.000001','20261130-022650-764221','["p/m/t/a", "p/m/t/b"]','["h1", "h2"]','attempts/20261130-022650-764221.000001','finished',2,NULL,1.79600561093267321582e+09,1.79600561098168396952e+09,'[]','[]');
INSERT INTO "attempts" VALUES('20261130-022651-40755b.000001','20261130-022651-40755b','["p/m/t/a", "p/m/t/b"]','["h1", "h2"]','attempts/20261130-022651-40755b.000001','finished',0,NULL,1.79600561103291940685e+09,1.79600561104663801188e+09,'[]','[]');
INSERT INTO "attempts" VALUES('20261130-022651-40755b.000002','20261130-022651-40755b','["p/m/t/c"]','["h1", "h2"]','attempts/20261130-022651-40755b.000002','finished',0,NULL,1.79600561104734802249e+09,1.79600561105352592465e+09,'[]','[]');
CREATE TABLE audit (
	id INTEGER NOT NULL, 
	time FLOAT NOT NULL, 
	who VARCHAR NOT NULL, 
	what VARCHAR NOT NULL, 
	cluster VARCHAR, 
	task VARCHAR, 
	detail TEXT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "audit" VALUES(1,1.79600561090803480151e+09,'root@vm, process 12439','task-created','shop','20261130-022650-764221','apply');
INSERT INTO "audit" VALUES(2,1.79600561101260900497e+09,'root@vm, process 12439','task-created','shop','20261130-022651-40755b','apply');
INSERT INTO "audit" VALUES(3,1.79600561106808137893e+09,'root@vm, process 12439','task-created','shop','20261130-022651-64178e','verify');
CREATE TABLE blobs (
	digest VARCHAR(64) NOT NULL, 
	size INTEGER NOT NULL, 
	body BLOB NOT NULL, 
	PRIMARY KEY (digest)
);
INSERT INTO "blobs" VALUES('70a239590a8f592a31e9cb41cbf9e75b44f5dd06d25c800a24fe12be1948f7cb',400013,X'7801EDD0311500100005C02E3F863C7603264F1B4D1493C276EF1ADC4A1FB5CD91927B3060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103FF07B21FC5C6D947');
CREATE TABLE "clusters" (
	name VARCHAR NOT NULL, 
	created FLOAT NOT NULL, 
	project VARCHAR DEFAULT 'default' NOT NULL, 
	label VARCHAR, 
	PRIMARY KEY (name), 
	CONSTRAINT clusters_project_fkey FOREIGN KEY(project) REFERENCES projects (id), 
	CONSTRAINT clusters_by_label UNIQUE (project, label)
);
INSERT INTO "clusters" VALUES('shop',1.79600561090301418304e+09,'default',NULL);
CREATE TABLE compatibility (
	oldest_program VARCHAR NOT NULL, 
	PRIMARY KEY (oldest_program)
);
INSERT INTO "compatibility" VALUES('0005');
CREATE TABLE contents (
	digest VARCHAR(64) NOT NULL, 
	size INTEGER NOT NULL, 
	body BLOB NOT NULL, 
	kept FLOAT NOT NULL, 
	PRIMARY KEY (digest)
);
CREATE TABLE documents (
	digest VARCHAR(64) NOT NULL, 
	cluster VARCHAR NOT NULL, 
	version INTEGER NOT NULL, 
	body TEXT NOT NULL, 
	created FLOAT NOT NULL, 
	PRIMARY KEY (digest), 
	FOREIGN KEY(cluster) REFERENCES clusters (name), 
	CONSTRAINT documents_by_version UNIQUE (cluster, version)
);
CREATE TABLE events (
	task VARCHAR NOT NULL, 
	seq INTEGER NOT NULL, 
	kind VARCHAR NOT NULL, 
	time FLOAT NOT NULL, 
	attempt VARCHAR, 
	node VARCHAR, 
	host VARCHAR, 
	body TEXT NOT NULL, 
	blob VARCHAR(64), line INTEGER, 
	PRIMARY KEY (task, seq), 
	FOREIGN KEY(blob) REFERENCES blobs (digest), 
	FOREIGN KEY(task) REFERENCES tasks (id) ON DELETE CASCADE
);
INSERT INTO "events" VALUES('20261130-022650-764221',1,'task-started',1.79600561093239212036e+09,NULL,NULL,NULL,'{"version":5,"seq":1,"kind":"task-started","time":1796005610.9323921,"result":{"task_id":"20261130-022650-764221","cluster":"shop","pipeline":"p","nodes":[{"id":"p/m/t/a","hosts":["h1","h2"]},{"id":"p/m/t/b","hosts":["h1","h2"]},{"id":"p/m/t/c","hosts":["h1","h2"]}]}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-022650-764221',2,'attempt-started',1.79600561093267321582e+09,'20261130-022650-764221.000001',NULL,NULL,'{"version":5,"seq":2,"kind":"attempt-started","time":1796005610.9326732,"attempt":"20261130-022650-764221.000001","result":{"nodes":["p/m/t/a","p/m/t/b"],"hosts":["h1","h2"],"directory":"attempts/20261130-022650-764221.000001","process":{"user":"root","host":"vm","machine":"3d1219c7c4c5404aaa1f6d2a48adfda4","boot":"a2325dec-0590-493d-814e-2d138e5acfc9","namespace":"pid:[4026531836]","pid":12439,"started":51993}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-022650-764221',3,'node-started',1.79600561093274331092e+09,'20261130-022650-764221.000001','p/m/t/a',NULL,'{"version":5,"seq":3,"kind":"node-started","time":1796005610.9327433,"attempt":"20261130-022650-764221.000001","node":"p/m/t/a"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-022650-764221',4,'play-started',1.79600561098133277887e+09,'20261130-022650-764221.000001','p/m/t/a',NULL,'{"version":5,"seq":4,"kind":"play-started","time":1796005610.9813328,"attempt":"20261130-022650-764221.000001","node":"p/m/t/a"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-022650-764221',5,'host-task-started',1.79600561098139858244e+09,'20261130-022650-764221.000001','p/m/t/a','h1','{"version":5,"seq":5,"kind":"host-task-started","time":1796005610.9813986,"attempt":"20261130-022650-764221.000001","node":"p/m/t/a","host":"h1","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-022650-764221',6,'host-task-started',1.79600561098141670232e+09,'20261130-022650-764221.000001','p/m/t/a','h2','{"version":5,"seq":6,"kind":"host-task-started","time":1796005610.9814167,"attempt":"20261130-022650-764221.000001","node":"p/m/t/a","host":"h2","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-022650-764221',7,'host-task-finished',1.79600561098144912721e+09,'20261130-022650-764221.000001','p/m/t/a','h1','{"version":5,"seq":7,"kind":"host-task-finished","time":1796005610.9814491,"attempt":"20261130-022650-764221.000001","node":"p/m/t/a","host":"h1","name":"Simulated","status":"ok"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-022650-764221',8,'host-task-finished',1.79600561098146939281e+09,'20261130-022650-764221.000001','p/m/t/a','h2','{"version":5,"seq":8,"kind":"host-task-finished","time":1796005610.9814694,"attempt":"20261130-022650-764221.000001","node":"p/m/t/a","host":"h2","name":"Simulated","status":"failed","message":"simulated: failed"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-022650-764221',9,'play-started',1.79600561098148322103e+09,'20261130-022650-764221.000001','p/m/t/b',NULL,'{"version":5,"seq":9,"kind":"play-started","time":1796005610.9814832,"attempt":"20261130-022650-764221.000001","node":"p/m/t/b"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-022650-764221',10,'host-task-started',1.79600561098149418826e+09,'20261130-022650-764221.000001','p/m/t/b','h1','{"version":5,"seq":10,"kind":"host-task-started","time":1796005610.9814942,"attempt":"20261130-022650-764221.000001","node":"p/m/t/b","host":"h1","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-022650-764221',11,'host-task-finished',1.79600561098151278493e+09,'20261130-022650-764221.000001','p/m/t/b','h1','{"version":5,"seq":11,"kind":"host-task-finished","time":1796005610.9815128,"attempt":"20261130-022650-764221.000001","node":"p/m/t/b","host":"h1","name":"Simulated","status":"ok"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-022650-764221',12,'run-stats',1.79600561098153948787e+09,'20261130-022650-764221.000001',NULL,NULL,'{"version":5,"seq":12,"kind":"run-stats","time":1796005610.9815395,"attempt":"20261130-022650-764221.000001","result":{"failures":{"h2":1},"dark":{}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-022650-764221',13,'attempt-finished',1.79600561098168396952e+09,'20261130-022650-764221.000001',NULL,NULL,'{"version":5,"seq":13,"kind":"attempt-finished","time":1796005610.981684,"attempt":"20261130-022650-764221.000001","status":"finished","result":{"rc":2,"complete":true,"interrupted_hosts":[],"leftovers":[]}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-022650-764221',14,'node-started',1.79600561098225235939e+09,'20261130-022650-764221.000001','p/m/t/b',NULL,'{"version":5,"seq":14,"kind":"node-started","time":1796005610.9822524,"attempt":"20261130-022650-764221.000001","node":"p/m/t/b"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-022650-764221',15,'node-skipped',1.79600561098237323761e+09,NULL,'p/m/t/b','h2','{"version":5,"seq":15,"kind":"node-skipped","time":1796005610.9823732,"node":"p/m/t/b","host":"h2","caused_by":"p/m/t/a"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-022650-764221',16,'node-finished',1.79600561098250889775e+09,NULL,'p/m/t/a',NULL,'{"version":5,"seq":16,"kind":"node-finished","time":1796005610.982509,"node":"p/m/t/a","status":"failed","result":{"hosts":{"h1":{"status":"ok","changed":false,"message":null,"started":1796005610.9813986,"ended":1796005610.9814491},"h2":{"status":"failed","changed":false,"message":"Simulated: simulated: failed","started":1796005610.9814167,"ended":1796005610.9814694}}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-022650-764221',17,'node-finished',1.7960056109826433658e+09,NULL,'p/m/t/b',NULL,'{"version":5,"seq":17,"kind":"node-finished","time":1796005610.9826434,"node":"p/m/t/b","status":"succeeded","result":{"hosts":{"h1":{"status":"ok","changed":false,"message":null,"started":1796005610.9814942,"ended":1796005610.9815128}}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-022650-764221',18,'node-skipped',1.79600561098273038863e+09,NULL,'p/m/t/c',NULL,'{"version":5,"seq":18,"kind":"node-skipped","time":1796005610.9827304,"node":"p/m/t/c","caused_by":"p/m/t/a"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-022650-764221',19,'task-finished',1.79600561098288631438e+09,NULL,NULL,NULL,'{"version":5,"seq":19,"kind":"task-finished","time":1796005610.9828863,"status":"partial"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-022651-40755b',1,'task-started',1.79600561103268575673e+09,NULL,NULL,NULL,'{"version":5,"seq":1,"kind":"task-started","time":1796005611.0326858,"result":{"task_id":"20261130-022651-40755b","cluster":"shop","pipeline":"p","nodes":[{"id":"p/m/t/a","hosts":["h1","h2"]},{"id":"p/m/t/b","hosts":["h1","h2"]},{"id":"p/m/t/c","hosts":["h1","h2"]}]}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-022651-40755b',2,'attempt-started',1.79600561103291940685e+09,'20261130-022651-40755b.000001',NULL,NULL,'{"version":5,"seq":2,"kind":"attempt-started","time":1796005611.0329194,"attempt":"20261130-022651-40755b.000001","result":{"nodes":["p/m/t/a","p/m/t/b"],"hosts":["h1","h2"],"directory":"attempts/20261130-022651-40755b.000001","process":{"user":"root","host":"vm","machine":"3d1219c7c4c5404aaa1f6d2a48adfda4","boot":"a2325dec-0590-493d-814e-2d138e5acfc9","namespace":"pid:[4026531836]","pid":12439,"started":51993}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-022651-40755b',3,'node-started',1.79600561103297901152e+09,'20261130-022651-40755b.000001','p/m/t/a',NULL,'{"version":5,"seq":3,"kind":"node-started","time":1796005611.032979,"attempt":"20261130-022651-40755b.000001","node":"p/m/t/a"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-022651-40755b',4,'play-started',1.79600561104641222951e+09,'20261130-022651-40755b.000001','p/m/t/a',NULL,'{"version":5,"seq":4,"kind":"play-started","time":1796005611.0464122,"attempt":"20261130-022651-40755b.000001","node":"p/m/t/a"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-022651-40755b',5,'host-task-started',1.79600561104645943641e+09,'20261130-022651-40755b.000001','p/m/t/a','h1','{"version":5,"seq":5,"kind":"host-task-started","time":1796005611.0464594,"attempt":"20261130-022651-40755b.000001","node":"p/m/t/a","host":"h1","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-022651-40755b',6,'host-task-started',1.79600561104647159574e+09,'20261130-022651-40755b.000001','p/m/t/a','h2','{"version":5,"seq":6,"kind":"host-task-started","time":1796005611.0464716,"attempt":"20261130-022651-40755b.000001","node":"p/m/t/a","host":"h2","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-022651-40755b',7,'host-task-finished',1.79600561104649543769e+09,'20261130-022651-40755b.000001','p/m/t/a','h1','{"version":5,"seq":7,"kind":"host-task-finished","time":1796005611.0464954,"attempt":"20261130-022651-40755b.000001","node":"p/m/t/a","host":"h1","name":"Simulated","status":"changed"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-022651-40755b',8,'host-task-finished',1.79600561104650545112e+09,'20261130-022651-40755b.000001','p/m/t/a','h2','{"version":5,"seq":8,"kind":"host-task-finished","time":1796005611.0465055,"attempt":"20261130-022651-40755b.000001","node":"p/m/t/a","host":"h2","name":"Simulated","status":"changed"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-022651-40755b',9,'play-started',1.79600561104651284217e+09,'20261130-022651-40755b.000001','p/m/t/b',NULL,'{"version":5,"seq":9,"kind":"play-started","time":1796005611.0465128,"attempt":"20261130-022651-40755b.000001","node":"p/m/t/b"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-022651-40755b',10,'host-task-started',1.79600561104651927947e+09,'20261130-022651-40755b.000001','p/m/t/b','h1','{"version":5,"seq":10,"kind":"host-task-started","time":1796005611.0465193,"attempt":"20261130-022651-40755b.000001","node":"p/m/t/b","host":"h1","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-022651-40755b',11,'host-task-started',1.79600561104652500146e+09,'20261130-022651-40755b.000001','p/m/t/b','h2','{"version":5,"seq":11,"kind":"host-task-started","time":1796005611.046525,"attempt":"20261130-022651-40755b.000001","node":"p/m/t/b","host":"h2","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-022651-40755b',12,'host-task-finished',1.79600561104653453823e+09,'20261130-022651-40755b.000001','p/m/t/b','h1','{"version":5,"seq":12,"kind":"host-task-finished","time":1796005611.0465345,"attempt":"20261130-022651-40755b.000001","node":"p/m/t/b","host":"h1","name":"Simulated","status":"ok"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-022651-40755b',13,'host-task-finished',1.7960056110465428829e+09,'20261130-022651-40755b.000001','p/m/t/b','h2','{"version":5,"seq":13,"kind":"host-task-finished","time":1796005611.046543,"attempt":"20261130-022651-40755b.000001","node":"p/m/t/b","host":"h2","name":"Simulated","status":"ok"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-022651-40755b',14,'run-stats',1.79600561104655098917e+09,'20261130-022651-40755b.000001',NULL,NULL,'{"version":5,"seq":14,"kind":"run-stats","time":1796005611.046551,"attempt":"20261130-022651-40755b.000001","result":{"failures":{},"dark":{}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-022651-40755b',15,'attempt-finished',1.79600561104663801188e+09,'20261130-022651-40755b.000001',NULL,NULL,'{"version":5,"seq":15,"kind":"attempt-finished","time":1796005611.046638,"attempt":"20261130-022651-40755b.000001","status":"finished","result":{"rc":0,"complete":true,"interrupted_hosts":[],"leftovers":[]}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-022651-40755b',16,'node-finished',1.79600561104708147052e+09,NULL,'p/m/t/a',NULL,'{"version":5,"seq":16,"kind":"node-finished","time":1796005611.0470815,"node":"p/m/t/a","status":"succeeded","result":{"hosts":{"h1":{"status":"changed","changed":true,"message":null,"started":1796005611.0464594,"ended":1796005611.0464954},"h2":{"status":"changed","changed":true,"message":null,"started":1796005611.0464716,"ended":1796005611.0465055}}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-022651-40755b',17,'node-started',1.79600561104713058466e+09,'20261130-022651-40755b.000001','p/m/t/b',NULL,'{"version":5,"seq":17,"kind":"node-started","time":1796005611.0471306,"attempt":"20261130-022651-40755b.000001","node":"p/m/t/b"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-022651-40755b',18,'node-finished',1.79600561104720091816e+09,NULL,'p/m/t/b',NULL,'{"version":5,"seq":18,"kind":"node-finished","time":1796005611.047201,"node":"p/m/t/b","status":"succeeded","result":{"hosts":{"h1":{"status":"ok","changed":false,"message":null,"started":1796005611.0465193,"ended":1796005611.0465345},"h2":{"status":"ok","changed":false,"message":null,"started":1796005611.046525,"ended":1796005611.046543}}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-022651-40755b',19,'attempt-started',1.79600561104734802249e+09,'20261130-022651-40755b.000002',NULL,NULL,'{"version":5,"seq":19,"kind":"attempt-started","time":1796005611.047348,"attempt":"20261130-022651-40755b.000002","result":{"nodes":["p/m/t/c"],"hosts":["h1","h2"],"directory":"attempts/20261130-022651-40755b.000002","process":{"user":"root","host":"vm","machine":"3d1219c7c4c5404aaa1f6d2a48adfda4","boot":"a2325dec-0590-493d-814e-2d138e5acfc9","namespace":"pid:[4026531836]","pid":12439,"started":51993}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-022651-40755b',20,'node-started',1.79600561104737448687e+09,'20261130-022651-40755b.000002','p/m/t/c',NULL,'{"version":5,"seq":20,"kind":"node-started","time":1796005611.0473745,"attempt":"20261130-022651-40755b.000002","node":"p/m/t/c"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-022651-40755b',21,'play-started',1.79600561105329799651e+09,'20261130-022651-40755b.000002','p/m/t/c',NULL,'{"version":5,"seq":21,"kind":"play-started","time":1796005611.053298,"attempt":"20261130-022651-40755b.000002","node":"p/m/t/c"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-022651-40755b',22,'host-task-started',1.7960056110533392429e+09,'20261130-022651-40755b.000002','p/m/t/c','h1','{"version":5,"seq":22,"kind":"host-task-started","time":1796005611.0533392,"attempt":"20261130-022651-40755b.000002","node":"p/m/t/c","host":"h1","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-022651-40755b',23,'host-task-started',1.79600561105336046217e+09,'20261130-022651-40755b.000002','p/m/t/c','h2','{"version":5,"seq":23,"kind":"host-task-started","time":1796005611.0533605,"attempt":"20261130-022651-40755b.000002","node":"p/m/t/c","host":"h2","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-022651-40755b',24,'host-task-finished',1.79600561105339121817e+09,'20261130-022651-40755b.000002','p/m/t/c','h1','{"version":5,"seq":24,"kind":"host-task-finished","time":1796005611.0533912,"attempt":"20261130-022651-40755b.000002","node":"p/m/t/c","host":"h1","name":"Simulated","status":"ok"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-022651-40755b',25,'host-task-finished',1.79600561105340862273e+09,'20261130-022651-40755b.000002','p/m/t/c','h2','{"version":5,"seq":25,"kind":"host-task-finished","time":1796005611.0534086,"attempt":"20261130-022651-40755b.000002","node":"p/m/t/c","host":"h2","name":"Simulated","status":"ok"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-022651-40755b',26,'run-stats',1.7960056110534210205e+09,'20261130-022651-40755b.000002',NULL,NULL,'{"version":5,"seq":26,"kind":"run-stats","time":1796005611.053421,"attempt":"20261130-022651-40755b.000002","result":{"failures":{},"dark":{}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-022651-40755b',27,'attempt-finished',1.79600561105352592465e+09,'20261130-022651-40755b.000002',NULL,NULL,'{"version":5,"seq":27,"kind":"attempt-finished","time":1796005611.053526,"attempt":"20261130-022651-40755b.000002","status":"finished","result":{"rc":0,"complete":true,"interrupted_hosts":[],"leftovers":[]}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-022651-40755b',28,'node-finished',1.79600561105382919313e+09,NULL,'p/m/t/c',NULL,'{"version":5,"seq":28,"kind":"node-finished","time":1796005611.0538292,"node":"p/m/t/c","status":"succeeded","result":{"hosts":{"h1":{"status":"ok","changed":false,"message":null,"started":1796005611.0533392,"ended":1796005611.0533912},"h2":{"status":"ok","changed":false,"message":null,"started":1796005611.0533605,"ended":1796005611.0534086}}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-022651-40755b',29,'task-finished',1.7960056110539374351e+09,NULL,NULL,NULL,'{"version":5,"seq":29,"kind":"task-finished","time":1796005611.0539374,"status":"succeeded"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-022651-64178e',1,'run-message',1.0,NULL,NULL,NULL,'{"version":5,"seq":1,"kind":"run-message","time":1.0}','70a239590a8f592a31e9cb41cbf9e75b44f5dd06d25c800a24fe12be1948f7cb',NULL);
CREATE TABLE facts (
	cluster VARCHAR NOT NULL, 
	host VARCHAR NOT NULL, 
	body TEXT NOT NULL, 
	gathered FLOAT NOT NULL, 
	PRIMARY KEY (cluster, host), 
	FOREIGN KEY(cluster) REFERENCES clusters (name)
);
CREATE TABLE file_trees (
	digest VARCHAR(64) NOT NULL, 
	body TEXT NOT NULL, 
	kept FLOAT NOT NULL, 
	PRIMARY KEY (digest)
);
CREATE TABLE host_results (
	task VARCHAR NOT NULL, 
	node VARCHAR NOT NULL, 
	host VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	changed BOOLEAN NOT NULL, 
	message TEXT, 
	caused_by VARCHAR, 
	started FLOAT, 
	ended FLOAT, 
	PRIMARY KEY (task, node, host), 
	FOREIGN KEY(task) REFERENCES tasks (id) ON DELETE CASCADE
);
INSERT INTO "host_results" VALUES('20261130-022650-764221','p/m/t/a','h1','ok',0,NULL,NULL,1.79600561098139858244e+09,1.79600561098144912721e+09);
INSERT INTO "host_results" VALUES('20261130-022650-764221','p/m/t/a','h2','failed',0,'Simulated: simulated: failed',NULL,1.79600561098141670232e+09,1.79600561098146939281e+09);
INSERT INTO "host_results" VALUES('20261130-022650-764221','p/m/t/b','h1','ok',0,NULL,NULL,1.79600561098149418826e+09,1.79600561098151278493e+09);
INSERT INTO "host_results" VALUES('20261130-022650-764221','p/m/t/b','h2','not-run',0,NULL,'p/m/t/a',NULL,NULL);
INSERT INTO "host_results" VALUES('20261130-022650-764221','p/m/t/c','h1','not-run',0,NULL,NULL,NULL,NULL);
INSERT INTO "host_results" VALUES('20261130-022650-764221','p/m/t/c','h2','not-run',0,NULL,NULL,NULL,NULL);
INSERT INTO "host_results" VALUES('20261130-022651-40755b','p/m/t/a','h1','changed',1,NULL,NULL,1.79600561104645943641e+09,1.79600561104649543769e+09);
INSERT INTO "host_results" VALUES('20261130-022651-40755b','p/m/t/a','h2','changed',1,NULL,NULL,1.79600561104647159574e+09,1.79600561104650545112e+09);
INSERT INTO "host_results" VALUES('20261130-022651-40755b','p/m/t/b','h1','ok',0,NULL,NULL,1.79600561104651927947e+09,1.79600561104653453823e+09);
INSERT INTO "host_results" VALUES('20261130-022651-40755b','p/m/t/b','h2','ok',0,NULL,NULL,1.79600561104652500146e+09,1.7960056110465428829e+09);
INSERT INTO "host_results" VALUES('20261130-022651-40755b','p/m/t/c','h1','ok',0,NULL,NULL,1.7960056110533392429e+09,1.79600561105339121817e+09);
INSERT INTO "host_results" VALUES('20261130-022651-40755b','p/m/t/c','h2','ok',0,NULL,NULL,1.79600561105336046217e+09,1.79600561105340862273e+09);
CREATE TABLE leases (
	cluster VARCHAR NOT NULL, 
	epoch INTEGER NOT NULL, 
	task VARCHAR NOT NULL, 
	holder TEXT NOT NULL, 
	acquired FLOAT NOT NULL, 
	heartbeat FLOAT NOT NULL, 
	released FLOAT, 
	PRIMARY KEY (cluster), 
	FOREIGN KEY(cluster) REFERENCES clusters (name)
);
CREATE TABLE nodes (
	task VARCHAR NOT NULL, 
	id VARCHAR NOT NULL, 
	position INTEGER NOT NULL, 
	status VARCHAR NOT NULL, 
	caused_by VARCHAR, 
	message TEXT, 
	started FLOAT, 
	ended FLOAT, 
	attempts INTEGER NOT NULL, 
	PRIMARY KEY (task, id), 
	FOREIGN KEY(task) REFERENCES tasks (id) ON DELETE CASCADE
);
INSERT INTO "nodes" VALUES('20261130-022650-764221','p/m/t/a',0,'failed',NULL,NULL,1.79600561093274331092e+09,1.79600561098250889775e+09,1);
INSERT INTO "nodes" VALUES('20261130-022650-764221','p/m/t/b',1,'succeeded',NULL,NULL,1.79600561098225235939e+09,1.7960056109826433658e+09,1);
INSERT INTO "nodes" VALUES('20261130-022650-764221','p/m/t/c',2,'skipped','p/m/t/a',NULL,NULL,1.79600561098273038863e+09,0);
INSERT INTO "nodes" VALUES('20261130-022651-40755b','p/m/t/a',0,'succeeded',NULL,NULL,1.79600561103297901152e+09,1.79600561104708147052e+09,1);
INSERT INTO "nodes" VALUES('20261130-022651-40755b','p/m/t/b',1,'succeeded',NULL,NULL,1.79600561104713058466e+09,1.79600561104720091816e+09,1);
INSERT INTO "nodes" VALUES('20261130-022651-40755b','p/m/t/c',2,'succeeded',NULL,NULL,1.79600561104737448687e+09,1.79600561105382919313e+09,1);
CREATE TABLE outputs (
	task VARCHAR NOT NULL, 
	node VARCHAR NOT NULL, 
	host VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	body TEXT NOT NULL, 
	PRIMARY KEY (task, node, host, name), 
	FOREIGN KEY(task) REFERENCES tasks (id) ON DELETE CASCADE
);
CREATE TABLE plans (
	digest VARCHAR(64) NOT NULL, 
	cluster VARCHAR NOT NULL, 
	pipeline VARCHAR NOT NULL, 
	version INTEGER NOT NULL, 
	body TEXT NOT NULL, 
	created FLOAT NOT NULL, 
	PRIMARY KEY (digest), 
	FOREIGN KEY(cluster) REFERENCES clusters (name)
);
INSERT INTO "plans" VALUES('62eb4ab66360565b108413177ec205e56b9f0af96476bf871891344d59fb462c','shop','p',7,'{"version":7,"cluster":"shop","pipeline":"p","parameters":{},"hosts":[{"name":"h1","address":"h1","internal_address":null,"connection":"local","port":22,"user":null,"bastion":null,"roles":[],"labels":{},"vars":{},"inherited":{},"ssh":{"private_key_file":null,"private_key":null,"password":null,"become_password":null,"known_hosts_file":null,"timeout":10.0,"become":false,"become_user":"root","host_key_checking":"accept-new"}},{"name":"h2","address":"h2","internal_address":null,"connection":"local","port":22,"user":null,"bastion":null,"roles":[],"labels":{},"vars":{},"inherited":{},"ssh":{"private_key_file":null,"private_key":null,"password":null,"become_password":null,"known_hosts_file":null,"timeout":10.0,"become":false,"become_user":"root","host_key_checking":"accept-new"}}],"groups":{},"policy":{"serial":null,"throttle":null,"mutex":null,"timeout":null,"retries":0,"backoff":2.0,"on_failure":"ignore","allowed_failures":0,"on_interrupted":null,"on_irreversible":null,"concurrency":16},"graph":{"pipeline":"p","nodes":{"p/m/t/a":{"kind":"command","role":null,"entry":"main","params":{},"vars":{},"vars_files":[],"when":null,"tags":[],"become":null,"become_user":null,"environment":{},"no_log":null,"always":false,"play":null,"outputs":{},"id":"p/m/t/a","hosts":["h1","h2"],"host_pattern":null,"module_vars":[],"repeatable":true,"reads":[],"check_mode":false,"policy":{"serial":null,"throttle":null,"mutex":null,"timeout":null,"retries":0,"backoff":2.0,"on_failure":"ignore","allowed_failures":0,"on_interrupted":null,"on_irreversible":null,"concurrency":16},"component":null,"reversibility":"irreversible","source":null},"p/m/t/b":{"kind":"command","role":null,"entry":"main","params":{},"vars":{},"vars_files":[],"when":null,"tags":[],"become":null,"become_user":null,"environment":{},"no_log":null,"always":false,"play":null,"outputs":{},"id":"p/m/t/b","hosts":["h1","h2"],"host_pattern":null,"module_vars":[],"repeatable":true,"reads":[],"check_mode":false,"policy":{"serial":null,"throttle":null,"mutex":null,"timeout":null,"retries":0,"backoff":2.0,"on_failure":"ignore","allowed_failures":0,"on_interrupted":null,"on_irreversible":null,"concurrency":16},"component":null,"reversibility":"irreversible","source":null},"p/m/t/c":{"kind":"command","role":null,"entry":"main","params":{},"vars":{},"vars_files":[],"when":null,"tags":[],"become":null,"become_user":null,"environment":{},"no_log":null,"always":false,"play":null,"outputs":{},"id":"p/m/t/c","hosts":["h1","h2"],"host_pattern":null,"module_vars":[],"repeatable":true,"reads":[],"check_mode":false,"policy":{"serial":null,"throttle":null,"mutex":null,"timeout":null,"retries":0,"backoff":2.0,"on_failure":"ignore","allowed_failures":0,"on_interrupted":null,"on_irreversible":null,"concurrency":16},"component":null,"reversibility":"irreversible","source":null}},"edges":[{"before":"p/m/t/a","after":"p/m/t/b","kind":"host"},{"before":"p/m/t/b","after":"p/m/t/c","kind":"barrier"}],"left_out":{}},"left_out":{},"tags":[],"skip_tags":[],"cut":{},"extra_vars":{},"inventories":[],"environment":[],"unlisted":[],"secrets":{},"facts_ttl":0.0,"layers":[],"digests":{},"node_digests":{},"pair_digests":{},"undoes":null}',1.79600561090301418304e+09);
CREATE TABLE projects (
	id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	created FLOAT NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (name)
);
INSERT INTO "projects" VALUES('default','default',1.79600561075277590753e+09);
CREATE TABLE successes (
	cluster VARCHAR NOT NULL, 
	node VARCHAR NOT NULL, 
	host VARCHAR NOT NULL, 
	digest VARCHAR NOT NULL, 
	task VARCHAR NOT NULL, 
	ended FLOAT NOT NULL, 
	PRIMARY KEY (cluster, node, host), 
	FOREIGN KEY(cluster) REFERENCES clusters (name), 
	FOREIGN KEY(task) REFERENCES tasks (id)
);
CREATE TABLE "tasks" (
	id VARCHAR NOT NULL, 
	cluster VARCHAR NOT NULL, 
	pipeline VARCHAR NOT NULL, 
	command VARCHAR NOT NULL, 
	"plan" VARCHAR(64), 
	directory VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	message TEXT, 
	created FLOAT NOT NULL, 
	started FLOAT, 
	ended FLOAT, 
	document VARCHAR(64), 
	parent VARCHAR, 
	cancel_requested FLOAT, 
	actor TEXT, 
	request TEXT, 
	process TEXT, 
	problem TEXT, 
	asked FLOAT, 
	waiting_for VARCHAR, files VARCHAR(64) REFERENCES file_trees (digest), 
	PRIMARY KEY (id), 
	FOREIGN KEY(parent) REFERENCES tasks (id), 
	FOREIGN KEY(document) REFERENCES documents (digest), 
	FOREIGN KEY("plan") REFERENCES plans (digest), 
	FOREIGN KEY(cluster) REFERENCES clusters (name)
);
INSERT INTO "tasks" VALUES('20261130-022650-764221','shop','p','apply','62eb4ab66360565b108413177ec205e56b9f0af96476bf871891344d59fb462c','tasks/20261130-022650-764221','partial',NULL,1.79600561090301418304e+09,1.79600561093239212036e+09,1.79600561098288631438e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "tasks" VALUES('20261130-022651-40755b','shop','p','apply','62eb4ab66360565b108413177ec205e56b9f0af96476bf871891344d59fb462c','tasks/20261130-022651-40755b','succeeded',NULL,1.79600561100832748417e+09,1.79600561103268575673e+09,1.7960056110539374351e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "tasks" VALUES('20261130-022651-64178e','shop','p','verify','62eb4ab66360565b108413177ec205e56b9f0af96476bf871891344d59fb462c','tasks/20261130-022651-64178e','pending',NULL,1.79600561106665039057e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE INDEX ix_attempts_task ON attempts (task);
CREATE INDEX events_by_node ON events (task, node, host);
CREATE INDEX ix_successes_task ON successes (task);
CREATE UNIQUE INDEX events_by_line ON events (attempt, line) WHERE line IS NOT NULL;
CREATE INDEX events_by_blob ON events (blob) WHERE blob IS NOT NULL;
CREATE INDEX ix_tasks_cluster ON tasks (cluster);
CREATE INDEX ix_tasks_created ON tasks (created);
COMMIT;
