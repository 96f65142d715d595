BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0010');
CREATE TABLE archives (
	project VARCHAR NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	name VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	size INTEGER NOT NULL, 
	content BLOB NOT NULL, 
	created FLOAT NOT NULL, 
	actor TEXT NOT NULL, 
	PRIMARY KEY (project, digest), 
	FOREIGN KEY(project) REFERENCES projects (id)
);
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
INSERT INTO "attempts" VALUES('20261130-191451-70c107.000001','20261130-191451-70c107','["p/m/t/a", "p/m/t/b"]','["h1", "h2"]','attempts/20261130-191451-70c107.000001','finished',2,NULL,1.79606609243351268766e+09,1.79606609306991434095e+09,'[]','[]');
INSERT INTO "attempts" VALUES('20261130-191453-586e2e.000001','20261130-191453-586e2e','["p/m/t/a", "p/m/t/b"]','["h1", "h2"]','attempts/20261130-191453-586e2e.000001','finished',0,NULL,1.79606609443605709074e+09,1.79606609467316174501e+09,'[]','[]');
INSERT INTO "attempts" VALUES('20261130-191453-586e2e.000002','20261130-191453-586e2e','["p/m/t/c"]','["h1", "h2"]','attempts/20261130-191453-586e2e.000002','finished',0,NULL,1.79606609467419767386e+09,1.79606609483337545394e+09,'[]','[]');
CREATE TABLE audit (
	id INTEGER NOT NULL, 
	time FLOAT NOT NULL, 
	who VARCHAR NOT NULL, 
	what VARCHAR NOT NULL, 
	cluster VARCHAR, 
	task VARCHAR, 
	detail TEXT NOT NULL, project VARCHAR, address VARCHAR, result VARCHAR, chain VARCHAR(64), 
	PRIMARY KEY (id)
);
INSERT INTO "audit" VALUES(1,1.79606609204679274556e+09,'root@vm, process 23698','task-created','shop','20261130-191451-70c107','apply','default',NULL,'done','8cd18576daf31d74a2dcdac79739bc019d723bc10b555a081e9dc7cffce3c457');
INSERT INTO "audit" VALUES(2,1.79606609407536530493e+09,'root@vm, process 23698','task-created','shop','20261130-191453-586e2e','apply','default',NULL,'done','aff409204cf27ad82efac19e2deef73c61548fab9ddbde19b3c2d7a81a8d7bc0');
INSERT INTO "audit" VALUES(3,1.79606609516300392151e+09,'root@vm, process 23698','task-created','shop','20261130-191455-c7222b','verify','default',NULL,'done','8304ab14cb38e8284a31a671ed49122574d6bcfa45375f29556b5c09b37e9500');
CREATE TABLE audit_head (
	id INTEGER NOT NULL, 
	chain VARCHAR(64) NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "audit_head" VALUES(1,'8304ab14cb38e8284a31a671ed49122574d6bcfa45375f29556b5c09b37e9500');
CREATE TABLE blackouts (
	id VARCHAR NOT NULL, 
	project VARCHAR NOT NULL, 
	cluster VARCHAR, 
	name VARCHAR NOT NULL, 
	body TEXT NOT NULL, 
	created FLOAT NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(cluster) REFERENCES clusters (name), 
	FOREIGN KEY(project) REFERENCES projects (id)
);
CREATE TABLE blobs (
	digest VARCHAR(64) NOT NULL, 
	size INTEGER NOT NULL, 
	body BLOB NOT NULL, 
	PRIMARY KEY (digest)
);
INSERT INTO "blobs" VALUES('70a239590a8f592a31e9cb41cbf9e75b44f5dd06d25c800a24fe12be1948f7cb',400013,X'7801EDD0311500100005C02E3F863C7603264F1B4D1493C276EF1ADC4A1FB5CD91927B3060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103FF07B21FC5C6D947');
CREATE TABLE certificates (
	cluster VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	not_after FLOAT NOT NULL, 
	seen FLOAT NOT NULL, 
	PRIMARY KEY (cluster, kind, name), 
	FOREIGN KEY(cluster) REFERENCES clusters (name)
);
CREATE TABLE channels (
	id VARCHAR NOT NULL, 
	project VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	settings TEXT NOT NULL, 
	events TEXT NOT NULL, 
	quiet TEXT, 
	created FLOAT NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(project) REFERENCES projects (id), 
	CONSTRAINT channels_by_name UNIQUE (project, name)
);
CREATE TABLE cluster_files (
	cluster VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	content BLOB NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	updated FLOAT NOT NULL, 
	PRIMARY KEY (cluster, name), 
	FOREIGN KEY(cluster) REFERENCES clusters (name) ON DELETE CASCADE
);
CREATE TABLE "clusters" (
	name VARCHAR NOT NULL, 
	created FLOAT NOT NULL, 
	project VARCHAR DEFAULT 'default' NOT NULL, 
	label VARCHAR, document VARCHAR(64) REFERENCES documents (digest), worker_tags TEXT, 
	PRIMARY KEY (name), 
	CONSTRAINT clusters_project_fkey FOREIGN KEY(project) REFERENCES projects (id), 
	CONSTRAINT clusters_by_label UNIQUE (project, label)
);
INSERT INTO "clusters" VALUES('shop',1.79606609162650799746e+09,'default',NULL,NULL,NULL);
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
CREATE TABLE counters (
	name VARCHAR NOT NULL, 
	label VARCHAR NOT NULL, 
	shard INTEGER NOT NULL, 
	value FLOAT NOT NULL, 
	PRIMARY KEY (name, label, shard)
);
INSERT INTO "counters" VALUES('events','',17,19.0);
INSERT INTO "counters" VALUES('step-executions','failed',17,1.0);
INSERT INTO "counters" VALUES('step-executions','ok',17,2.0);
INSERT INTO "counters" VALUES('task-durations','apply 5',17,1.0);
INSERT INTO "counters" VALUES('task-ends','partial',17,1.0);
INSERT INTO "counters" VALUES('task-seconds','apply',17,7.85078287124633789062e-01);
INSERT INTO "counters" VALUES('events','',0,29.0);
INSERT INTO "counters" VALUES('step-executions','changed',0,2.0);
INSERT INTO "counters" VALUES('step-executions','ok',0,4.0);
INSERT INTO "counters" VALUES('task-durations','apply 5',0,1.0);
INSERT INTO "counters" VALUES('task-ends','succeeded',0,1.0);
INSERT INTO "counters" VALUES('task-seconds','apply',0,3.9834880828857421875e-01);
INSERT INTO "counters" VALUES('events','',61,1.0);
CREATE TABLE decisions (
	id INTEGER NOT NULL, 
	proposal VARCHAR NOT NULL, 
	actor TEXT NOT NULL, 
	time FLOAT NOT NULL, 
	what VARCHAR NOT NULL, 
	comment TEXT NOT NULL, 
	digests TEXT NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(proposal) REFERENCES proposals (id) ON DELETE CASCADE
);
CREATE TABLE deliveries (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	notice INTEGER NOT NULL, 
	channel VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	summary INTEGER, 
	tries INTEGER NOT NULL, 
	next_try FLOAT, 
	ended FLOAT, 
	message TEXT, 
	FOREIGN KEY(channel) REFERENCES channels (id) ON DELETE CASCADE, 
	FOREIGN KEY(notice) REFERENCES notices (id) ON DELETE CASCADE
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
CREATE TABLE drift_reports (
	task VARCHAR NOT NULL, 
	cluster VARCHAR NOT NULL, 
	time FLOAT NOT NULL, 
	status VARCHAR NOT NULL, 
	differing INTEGER NOT NULL, 
	checked INTEGER NOT NULL, 
	total INTEGER NOT NULL, 
	body TEXT NOT NULL, 
	PRIMARY KEY (task), 
	FOREIGN KEY(cluster) REFERENCES clusters (name), 
	FOREIGN KEY(task) REFERENCES tasks (id) ON DELETE CASCADE
);
CREATE TABLE event_batches (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	task VARCHAR NOT NULL, 
	last INTEGER NOT NULL, 
	first INTEGER, 
	number BIGINT, 
	FOREIGN KEY(task) REFERENCES tasks (id) ON DELETE CASCADE
);
INSERT INTO "event_batches" VALUES(1,'20261130-191451-70c107',3,NULL,NULL);
INSERT INTO "event_batches" VALUES(2,'20261130-191451-70c107',19,NULL,NULL);
INSERT INTO "event_batches" VALUES(3,'20261130-191453-586e2e',3,NULL,NULL);
INSERT INTO "event_batches" VALUES(4,'20261130-191453-586e2e',20,NULL,NULL);
INSERT INTO "event_batches" VALUES(5,'20261130-191453-586e2e',29,NULL,NULL);
INSERT INTO "event_batches" VALUES(6,'20261130-191455-c7222b',1,NULL,NULL);
CREATE TABLE event_head (
	id INTEGER NOT NULL, 
	number BIGINT NOT NULL, 
	PRIMARY KEY (id)
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
INSERT INTO "events" VALUES('20261130-191451-70c107',1,'task-started',1.79606609235242700578e+09,NULL,NULL,NULL,'{"version":5,"seq":1,"kind":"task-started","time":1796066092.352427,"result":{"task_id":"20261130-191451-70c107","cluster":"shop","pipeline":"p","nodes":[{"id":"p/m/t/a","hosts":["h1","h2"]},{"id":"p/m/t/b","hosts":["h1","h2"]},{"id":"p/m/t/c","hosts":["h1","h2"]}]}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-191451-70c107',2,'attempt-started',1.79606609243351268766e+09,'20261130-191451-70c107.000001',NULL,NULL,'{"version":5,"seq":2,"kind":"attempt-started","time":1796066092.4335127,"attempt":"20261130-191451-70c107.000001","result":{"nodes":["p/m/t/a","p/m/t/b"],"hosts":["h1","h2"],"directory":"attempts/20261130-191451-70c107.000001","process":{"user":"root","host":"vm","machine":"3d1219c7c4c5404aaa1f6d2a48adfda4","boot":"a2325dec-0590-493d-814e-2d138e5acfc9","namespace":"pid:[4026531836]","pid":23698,"started":6085166}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-191451-70c107',3,'node-started',1.79606609243365836136e+09,'20261130-191451-70c107.000001','p/m/t/a',NULL,'{"version":5,"seq":3,"kind":"node-started","time":1796066092.4336584,"attempt":"20261130-191451-70c107.000001","node":"p/m/t/a"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-191451-70c107',4,'play-started',1.79606609306949090956e+09,'20261130-191451-70c107.000001','p/m/t/a',NULL,'{"version":5,"seq":4,"kind":"play-started","time":1796066093.069491,"attempt":"20261130-191451-70c107.000001","node":"p/m/t/a"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-191451-70c107',5,'host-task-started',1.7960660930695688725e+09,'20261130-191451-70c107.000001','p/m/t/a','h1','{"version":5,"seq":5,"kind":"host-task-started","time":1796066093.0695689,"attempt":"20261130-191451-70c107.000001","node":"p/m/t/a","host":"h1","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-191451-70c107',6,'host-task-started',1.79606609306958866123e+09,'20261130-191451-70c107.000001','p/m/t/a','h2','{"version":5,"seq":6,"kind":"host-task-started","time":1796066093.0695887,"attempt":"20261130-191451-70c107.000001","node":"p/m/t/a","host":"h2","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-191451-70c107',7,'host-task-finished',1.79606609306962442399e+09,'20261130-191451-70c107.000001','p/m/t/a','h1','{"version":5,"seq":7,"kind":"host-task-finished","time":1796066093.0696244,"attempt":"20261130-191451-70c107.000001","node":"p/m/t/a","host":"h1","name":"Simulated","status":"ok"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-191451-70c107',8,'host-task-finished',1.79606609306964898104e+09,'20261130-191451-70c107.000001','p/m/t/a','h2','{"version":5,"seq":8,"kind":"host-task-finished","time":1796066093.069649,"attempt":"20261130-191451-70c107.000001","node":"p/m/t/a","host":"h2","name":"Simulated","status":"failed","message":"simulated: failed"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-191451-70c107',9,'play-started',1.79606609306966948503e+09,'20261130-191451-70c107.000001','p/m/t/b',NULL,'{"version":5,"seq":9,"kind":"play-started","time":1796066093.0696695,"attempt":"20261130-191451-70c107.000001","node":"p/m/t/b"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-191451-70c107',10,'host-task-started',1.79606609306968379021e+09,'20261130-191451-70c107.000001','p/m/t/b','h1','{"version":5,"seq":10,"kind":"host-task-started","time":1796066093.0696838,"attempt":"20261130-191451-70c107.000001","node":"p/m/t/b","host":"h1","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-191451-70c107',11,'host-task-finished',1796066093.06972,'20261130-191451-70c107.000001','p/m/t/b','h1','{"version":5,"seq":11,"kind":"host-task-finished","time":1796066093.06972,"attempt":"20261130-191451-70c107.000001","node":"p/m/t/b","host":"h1","name":"Simulated","status":"ok"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-191451-70c107',12,'run-stats',1.79606609306974458698e+09,'20261130-191451-70c107.000001',NULL,NULL,'{"version":5,"seq":12,"kind":"run-stats","time":1796066093.0697446,"attempt":"20261130-191451-70c107.000001","result":{"failures":{"h2":1},"dark":{}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-191451-70c107',13,'attempt-finished',1.79606609306991434095e+09,'20261130-191451-70c107.000001',NULL,NULL,'{"version":5,"seq":13,"kind":"attempt-finished","time":1796066093.0699143,"attempt":"20261130-191451-70c107.000001","status":"finished","result":{"rc":2,"complete":true,"interrupted_hosts":[],"leftovers":[]}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-191451-70c107',14,'node-started',1796066093.07054,'20261130-191451-70c107.000001','p/m/t/b',NULL,'{"version":5,"seq":14,"kind":"node-started","time":1796066093.07054,"attempt":"20261130-191451-70c107.000001","node":"p/m/t/b"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-191451-70c107',15,'node-skipped',1.79606609313693571091e+09,NULL,'p/m/t/b','h2','{"version":5,"seq":15,"kind":"node-skipped","time":1796066093.1369357,"node":"p/m/t/b","host":"h2","caused_by":"p/m/t/a"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-191451-70c107',16,'node-finished',1.79606609313717341426e+09,NULL,'p/m/t/a',NULL,'{"version":5,"seq":16,"kind":"node-finished","time":1796066093.1371734,"node":"p/m/t/a","status":"failed","result":{"hosts":{"h1":{"status":"ok","changed":false,"message":null,"started":1796066093.0695689,"ended":1796066093.0696244},"h2":{"status":"failed","changed":false,"message":"Simulated: simulated: failed","started":1796066093.0695887,"ended":1796066093.069649}}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-191451-70c107',17,'node-finished',1.79606609313730645181e+09,NULL,'p/m/t/b',NULL,'{"version":5,"seq":17,"kind":"node-finished","time":1796066093.1373065,"node":"p/m/t/b","status":"succeeded","result":{"hosts":{"h1":{"status":"ok","changed":false,"message":null,"started":1796066093.0696838,"ended":1796066093.06972}}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-191451-70c107',18,'node-skipped',1.79606609313738083836e+09,NULL,'p/m/t/c',NULL,'{"version":5,"seq":18,"kind":"node-skipped","time":1796066093.1373808,"node":"p/m/t/c","caused_by":"p/m/t/a"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-191451-70c107',19,'task-finished',1.79606609313750529288e+09,NULL,NULL,NULL,'{"version":5,"seq":19,"kind":"task-finished","time":1796066093.1375053,"status":"partial"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-191453-586e2e',1,'task-started',1.79606609443567228319e+09,NULL,NULL,NULL,'{"version":5,"seq":1,"kind":"task-started","time":1796066094.4356723,"result":{"task_id":"20261130-191453-586e2e","cluster":"shop","pipeline":"p","nodes":[{"id":"p/m/t/a","hosts":["h1","h2"]},{"id":"p/m/t/b","hosts":["h1","h2"]},{"id":"p/m/t/c","hosts":["h1","h2"]}]}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-191453-586e2e',2,'attempt-started',1.79606609443605709074e+09,'20261130-191453-586e2e.000001',NULL,NULL,'{"version":5,"seq":2,"kind":"attempt-started","time":1796066094.436057,"attempt":"20261130-191453-586e2e.000001","result":{"nodes":["p/m/t/a","p/m/t/b"],"hosts":["h1","h2"],"directory":"attempts/20261130-191453-586e2e.000001","process":{"user":"root","host":"vm","machine":"3d1219c7c4c5404aaa1f6d2a48adfda4","boot":"a2325dec-0590-493d-814e-2d138e5acfc9","namespace":"pid:[4026531836]","pid":23698,"started":6085166}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-191453-586e2e',3,'node-started',1.79606609443612027163e+09,'20261130-191453-586e2e.000001','p/m/t/a',NULL,'{"version":5,"seq":3,"kind":"node-started","time":1796066094.4361203,"attempt":"20261130-191453-586e2e.000001","node":"p/m/t/a"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-191453-586e2e',4,'play-started',1.79606609467275118822e+09,'20261130-191453-586e2e.000001','p/m/t/a',NULL,'{"version":5,"seq":4,"kind":"play-started","time":1796066094.6727512,"attempt":"20261130-191453-586e2e.000001","node":"p/m/t/a"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-191453-586e2e',5,'host-task-started',1.79606609467282199855e+09,'20261130-191453-586e2e.000001','p/m/t/a','h1','{"version":5,"seq":5,"kind":"host-task-started","time":1796066094.672822,"attempt":"20261130-191453-586e2e.000001","node":"p/m/t/a","host":"h1","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-191453-586e2e',6,'host-task-started',1.79606609467284035683e+09,'20261130-191453-586e2e.000001','p/m/t/a','h2','{"version":5,"seq":6,"kind":"host-task-started","time":1796066094.6728404,"attempt":"20261130-191453-586e2e.000001","node":"p/m/t/a","host":"h2","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-191453-586e2e',7,'host-task-finished',1.79606609467287254332e+09,'20261130-191453-586e2e.000001','p/m/t/a','h1','{"version":5,"seq":7,"kind":"host-task-finished","time":1796066094.6728725,"attempt":"20261130-191453-586e2e.000001","node":"p/m/t/a","host":"h1","name":"Simulated","status":"changed"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-191453-586e2e',8,'host-task-finished',1.79606609467288732533e+09,'20261130-191453-586e2e.000001','p/m/t/a','h2','{"version":5,"seq":8,"kind":"host-task-finished","time":1796066094.6728873,"attempt":"20261130-191453-586e2e.000001","node":"p/m/t/a","host":"h2","name":"Simulated","status":"changed"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-191453-586e2e',9,'play-started',1.79606609467289924622e+09,'20261130-191453-586e2e.000001','p/m/t/b',NULL,'{"version":5,"seq":9,"kind":"play-started","time":1796066094.6728992,"attempt":"20261130-191453-586e2e.000001","node":"p/m/t/b"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-191453-586e2e',10,'host-task-started',1.79606609467290902139e+09,'20261130-191453-586e2e.000001','p/m/t/b','h1','{"version":5,"seq":10,"kind":"host-task-started","time":1796066094.672909,"attempt":"20261130-191453-586e2e.000001","node":"p/m/t/b","host":"h1","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-191453-586e2e',11,'host-task-started',1.79606609467291855816e+09,'20261130-191453-586e2e.000001','p/m/t/b','h2','{"version":5,"seq":11,"kind":"host-task-started","time":1796066094.6729186,"attempt":"20261130-191453-586e2e.000001","node":"p/m/t/b","host":"h2","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-191453-586e2e',12,'host-task-finished',1.7960660946729462146e+09,'20261130-191453-586e2e.000001','p/m/t/b','h1','{"version":5,"seq":12,"kind":"host-task-finished","time":1796066094.6729462,"attempt":"20261130-191453-586e2e.000001","node":"p/m/t/b","host":"h1","name":"Simulated","status":"ok"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-191453-586e2e',13,'host-task-finished',1.79606609467295956616e+09,'20261130-191453-586e2e.000001','p/m/t/b','h2','{"version":5,"seq":13,"kind":"host-task-finished","time":1796066094.6729596,"attempt":"20261130-191453-586e2e.000001","node":"p/m/t/b","host":"h2","name":"Simulated","status":"ok"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-191453-586e2e',14,'run-stats',1.79606609467297220232e+09,'20261130-191453-586e2e.000001',NULL,NULL,'{"version":5,"seq":14,"kind":"run-stats","time":1796066094.6729722,"attempt":"20261130-191453-586e2e.000001","result":{"failures":{},"dark":{}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-191453-586e2e',15,'attempt-finished',1.79606609467316174501e+09,'20261130-191453-586e2e.000001',NULL,NULL,'{"version":5,"seq":15,"kind":"attempt-finished","time":1796066094.6731617,"attempt":"20261130-191453-586e2e.000001","status":"finished","result":{"rc":0,"complete":true,"interrupted_hosts":[],"leftovers":[]}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-191453-586e2e',16,'node-finished',1.79606609467382287979e+09,NULL,'p/m/t/a',NULL,'{"version":5,"seq":16,"kind":"node-finished","time":1796066094.6738229,"node":"p/m/t/a","status":"succeeded","result":{"hosts":{"h1":{"status":"changed","changed":true,"message":null,"started":1796066094.672822,"ended":1796066094.6728725},"h2":{"status":"changed","changed":true,"message":null,"started":1796066094.6728404,"ended":1796066094.6728873}}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-191453-586e2e',17,'node-started',1.79606609467388892171e+09,'20261130-191453-586e2e.000001','p/m/t/b',NULL,'{"version":5,"seq":17,"kind":"node-started","time":1796066094.673889,"attempt":"20261130-191453-586e2e.000001","node":"p/m/t/b"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-191453-586e2e',18,'node-finished',1.79606609467399644854e+09,NULL,'p/m/t/b',NULL,'{"version":5,"seq":18,"kind":"node-finished","time":1796066094.6739964,"node":"p/m/t/b","status":"succeeded","result":{"hosts":{"h1":{"status":"ok","changed":false,"message":null,"started":1796066094.672909,"ended":1796066094.6729462},"h2":{"status":"ok","changed":false,"message":null,"started":1796066094.6729186,"ended":1796066094.6729596}}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-191453-586e2e',19,'attempt-started',1.79606609467419767386e+09,'20261130-191453-586e2e.000002',NULL,NULL,'{"version":5,"seq":19,"kind":"attempt-started","time":1796066094.6741977,"attempt":"20261130-191453-586e2e.000002","result":{"nodes":["p/m/t/c"],"hosts":["h1","h2"],"directory":"attempts/20261130-191453-586e2e.000002","process":{"user":"root","host":"vm","machine":"3d1219c7c4c5404aaa1f6d2a48adfda4","boot":"a2325dec-0590-493d-814e-2d138e5acfc9","namespace":"pid:[4026531836]","pid":23698,"started":6085166}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-191453-586e2e',20,'node-started',1.79606609467423796646e+09,'20261130-191453-586e2e.000002','p/m/t/c',NULL,'{"version":5,"seq":20,"kind":"node-started","time":1796066094.674238,"attempt":"20261130-191453-586e2e.000002","node":"p/m/t/c"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-191453-586e2e',21,'play-started',1.79606609483291983601e+09,'20261130-191453-586e2e.000002','p/m/t/c',NULL,'{"version":5,"seq":21,"kind":"play-started","time":1796066094.8329198,"attempt":"20261130-191453-586e2e.000002","node":"p/m/t/c"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-191453-586e2e',22,'host-task-started',1.79606609483298635485e+09,'20261130-191453-586e2e.000002','p/m/t/c','h1','{"version":5,"seq":22,"kind":"host-task-started","time":1796066094.8329864,"attempt":"20261130-191453-586e2e.000002","node":"p/m/t/c","host":"h1","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-191453-586e2e',23,'host-task-started',1.79606609483308219906e+09,'20261130-191453-586e2e.000002','p/m/t/c','h2','{"version":5,"seq":23,"kind":"host-task-started","time":1796066094.8330822,"attempt":"20261130-191453-586e2e.000002","node":"p/m/t/c","host":"h2","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-191453-586e2e',24,'host-task-finished',1.79606609483312106134e+09,'20261130-191453-586e2e.000002','p/m/t/c','h1','{"version":5,"seq":24,"kind":"host-task-finished","time":1796066094.833121,"attempt":"20261130-191453-586e2e.000002","node":"p/m/t/c","host":"h1","name":"Simulated","status":"ok"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-191453-586e2e',25,'host-task-finished',1.79606609483313775068e+09,'20261130-191453-586e2e.000002','p/m/t/c','h2','{"version":5,"seq":25,"kind":"host-task-finished","time":1796066094.8331378,"attempt":"20261130-191453-586e2e.000002","node":"p/m/t/c","host":"h2","name":"Simulated","status":"ok"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-191453-586e2e',26,'run-stats',1.79606609483315181729e+09,'20261130-191453-586e2e.000002',NULL,NULL,'{"version":5,"seq":26,"kind":"run-stats","time":1796066094.8331518,"attempt":"20261130-191453-586e2e.000002","result":{"failures":{},"dark":{}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-191453-586e2e',27,'attempt-finished',1.79606609483337545394e+09,'20261130-191453-586e2e.000002',NULL,NULL,'{"version":5,"seq":27,"kind":"attempt-finished","time":1796066094.8333755,"attempt":"20261130-191453-586e2e.000002","status":"finished","result":{"rc":0,"complete":true,"interrupted_hosts":[],"leftovers":[]}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-191453-586e2e',28,'node-finished',1.79606609483383917805e+09,NULL,'p/m/t/c',NULL,'{"version":5,"seq":28,"kind":"node-finished","time":1796066094.8338392,"node":"p/m/t/c","status":"succeeded","result":{"hosts":{"h1":{"status":"ok","changed":false,"message":null,"started":1796066094.8329864,"ended":1796066094.833121},"h2":{"status":"ok","changed":false,"message":null,"started":1796066094.8330822,"ended":1796066094.8331378}}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-191453-586e2e',29,'task-finished',1.79606609483402109147e+09,NULL,NULL,NULL,'{"version":5,"seq":29,"kind":"task-finished","time":1796066094.834021,"status":"succeeded"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-191455-c7222b',1,'run-message',1.0,NULL,NULL,NULL,'{"version":5,"seq":1,"kind":"run-message","time":1.0}','70a239590a8f592a31e9cb41cbf9e75b44f5dd06d25c800a24fe12be1948f7cb',NULL);
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
CREATE TABLE group_roles (
	"group" VARCHAR NOT NULL, 
	project VARCHAR NOT NULL, 
	role VARCHAR NOT NULL, 
	PRIMARY KEY ("group", project, role)
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
INSERT INTO "host_results" VALUES('20261130-191451-70c107','p/m/t/a','h1','ok',0,NULL,NULL,1.7960660930695688725e+09,1.79606609306962442399e+09);
INSERT INTO "host_results" VALUES('20261130-191451-70c107','p/m/t/a','h2','failed',0,'Simulated: simulated: failed',NULL,1.79606609306958866123e+09,1.79606609306964898104e+09);
INSERT INTO "host_results" VALUES('20261130-191451-70c107','p/m/t/b','h1','ok',0,NULL,NULL,1.79606609306968379021e+09,1796066093.06972);
INSERT INTO "host_results" VALUES('20261130-191451-70c107','p/m/t/b','h2','not-run',0,NULL,'p/m/t/a',NULL,NULL);
INSERT INTO "host_results" VALUES('20261130-191451-70c107','p/m/t/c','h1','not-run',0,NULL,NULL,NULL,NULL);
INSERT INTO "host_results" VALUES('20261130-191451-70c107','p/m/t/c','h2','not-run',0,NULL,NULL,NULL,NULL);
INSERT INTO "host_results" VALUES('20261130-191453-586e2e','p/m/t/a','h1','changed',1,NULL,NULL,1.79606609467282199855e+09,1.79606609467287254332e+09);
INSERT INTO "host_results" VALUES('20261130-191453-586e2e','p/m/t/a','h2','changed',1,NULL,NULL,1.79606609467284035683e+09,1.79606609467288732533e+09);
INSERT INTO "host_results" VALUES('20261130-191453-586e2e','p/m/t/b','h1','ok',0,NULL,NULL,1.79606609467290902139e+09,1.7960660946729462146e+09);
INSERT INTO "host_results" VALUES('20261130-191453-586e2e','p/m/t/b','h2','ok',0,NULL,NULL,1.79606609467291855816e+09,1.79606609467295956616e+09);
INSERT INTO "host_results" VALUES('20261130-191453-586e2e','p/m/t/c','h1','ok',0,NULL,NULL,1.79606609483298635485e+09,1.79606609483312106134e+09);
INSERT INTO "host_results" VALUES('20261130-191453-586e2e','p/m/t/c','h2','ok',0,NULL,NULL,1.79606609483308219906e+09,1.79606609483313775068e+09);
CREATE TABLE idempotency_keys (
	principal VARCHAR NOT NULL, 
	"key" VARCHAR NOT NULL, 
	request VARCHAR(64) NOT NULL, 
	created FLOAT NOT NULL, 
	status INTEGER, 
	headers TEXT, 
	body BLOB, 
	process TEXT, 
	outcome TEXT, 
	PRIMARY KEY (principal, "key")
);
CREATE TABLE leases (
	cluster VARCHAR NOT NULL, 
	epoch INTEGER NOT NULL, 
	task VARCHAR NOT NULL, 
	holder TEXT NOT NULL, 
	acquired FLOAT NOT NULL, 
	heartbeat FLOAT NOT NULL, 
	released FLOAT, worker VARCHAR, 
	PRIMARY KEY (cluster), 
	FOREIGN KEY(cluster) REFERENCES clusters (name)
);
CREATE TABLE logins (
	state VARCHAR(64) NOT NULL, 
	body TEXT NOT NULL, 
	created FLOAT NOT NULL, 
	PRIMARY KEY (state)
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
INSERT INTO "nodes" VALUES('20261130-191451-70c107','p/m/t/a',0,'failed',NULL,NULL,1.79606609243365836136e+09,1.79606609313717341426e+09,1);
INSERT INTO "nodes" VALUES('20261130-191451-70c107','p/m/t/b',1,'succeeded',NULL,NULL,1796066093.07054,1.79606609313730645181e+09,1);
INSERT INTO "nodes" VALUES('20261130-191451-70c107','p/m/t/c',2,'skipped','p/m/t/a',NULL,NULL,1.79606609313738083836e+09,0);
INSERT INTO "nodes" VALUES('20261130-191453-586e2e','p/m/t/a',0,'succeeded',NULL,NULL,1.79606609443612027163e+09,1.79606609467382287979e+09,1);
INSERT INTO "nodes" VALUES('20261130-191453-586e2e','p/m/t/b',1,'succeeded',NULL,NULL,1.79606609467388892171e+09,1.79606609467399644854e+09,1);
INSERT INTO "nodes" VALUES('20261130-191453-586e2e','p/m/t/c',2,'succeeded',NULL,NULL,1.79606609467423796646e+09,1.79606609483383917805e+09,1);
CREATE TABLE notices (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	project VARCHAR NOT NULL, 
	cluster VARCHAR, 
	task VARCHAR, 
	kind VARCHAR NOT NULL, 
	subject VARCHAR, 
	"key" VARCHAR NOT NULL, 
	body TEXT NOT NULL, 
	created FLOAT NOT NULL, 
	spread FLOAT, 
	UNIQUE ("key")
);
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
INSERT INTO "plans" VALUES('62eb4ab66360565b108413177ec205e56b9f0af96476bf871891344d59fb462c','shop','p',7,'{"version":7,"cluster":"shop","pipeline":"p","parameters":{},"hosts":[{"name":"h1","address":"h1","internal_address":null,"connection":"local","port":22,"user":null,"bastion":null,"roles":[],"labels":{},"vars":{},"inherited":{},"ssh":{"private_key_file":null,"private_key":null,"password":null,"become_password":null,"known_hosts_file":null,"timeout":10.0,"become":false,"become_user":"root","host_key_checking":"accept-new"}},{"name":"h2","address":"h2","internal_address":null,"connection":"local","port":22,"user":null,"bastion":null,"roles":[],"labels":{},"vars":{},"inherited":{},"ssh":{"private_key_file":null,"private_key":null,"password":null,"become_password":null,"known_hosts_file":null,"timeout":10.0,"become":false,"become_user":"root","host_key_checking":"accept-new"}}],"groups":{},"policy":{"serial":null,"throttle":null,"mutex":null,"timeout":null,"retries":0,"backoff":2.0,"on_failure":"ignore","allowed_failures":0,"on_interrupted":null,"on_irreversible":null,"concurrency":16},"graph":{"pipeline":"p","nodes":{"p/m/t/a":{"kind":"command","role":null,"entry":"main","params":{},"vars":{},"vars_files":[],"when":null,"tags":[],"become":null,"become_user":null,"environment":{},"no_log":null,"always":false,"play":null,"outputs":{},"id":"p/m/t/a","hosts":["h1","h2"],"host_pattern":null,"module_vars":[],"repeatable":true,"reads":[],"check_mode":false,"policy":{"serial":null,"throttle":null,"mutex":null,"timeout":null,"retries":0,"backoff":2.0,"on_failure":"ignore","allowed_failures":0,"on_interrupted":null,"on_irreversible":null,"concurrency":16},"component":null,"reversibility":"irreversible","source":null},"p/m/t/b":{"kind":"command","role":null,"entry":"main","params":{},"vars":{},"vars_files":[],"when":null,"tags":[],"become":null,"become_user":null,"environment":{},"no_log":null,"always":false,"play":null,"outputs":{},"id":"p/m/t/b","hosts":["h1","h2"],"host_pattern":null,"module_vars":[],"repeatable":true,"reads":[],"check_mode":false,"policy":{"serial":null,"throttle":null,"mutex":null,"timeout":null,"retries":0,"backoff":2.0,"on_failure":"ignore","allowed_failures":0,"on_interrupted":null,"on_irreversible":null,"concurrency":16},"component":null,"reversibility":"irreversible","source":null},"p/m/t/c":{"kind":"command","role":null,"entry":"main","params":{},"vars":{},"vars_files":[],"when":null,"tags":[],"become":null,"become_user":null,"environment":{},"no_log":null,"always":false,"play":null,"outputs":{},"id":"p/m/t/c","hosts":["h1","h2"],"host_pattern":null,"module_vars":[],"repeatable":true,"reads":[],"check_mode":false,"policy":{"serial":null,"throttle":null,"mutex":null,"timeout":null,"retries":0,"backoff":2.0,"on_failure":"ignore","allowed_failures":0,"on_interrupted":null,"on_irreversible":null,"concurrency":16},"component":null,"reversibility":"irreversible","source":null}},"edges":[{"before":"p/m/t/a","after":"p/m/t/b","kind":"host"},{"before":"p/m/t/b","after":"p/m/t/c","kind":"barrier"}],"left_out":{}},"left_out":{},"tags":[],"skip_tags":[],"cut":{},"extra_vars":{},"inventories":[],"environment":[],"unlisted":[],"secrets":{},"facts_ttl":0.0,"layers":[],"digests":{},"node_digests":{},"pair_digests":{},"undoes":null}',1.79606609162650799746e+09);
CREATE TABLE projects (
	id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	created FLOAT NOT NULL, settings TEXT, 
	PRIMARY KEY (id), 
	UNIQUE (name)
);
INSERT INTO "projects" VALUES('default','default',1.79606608385539484023e+09,NULL);
CREATE TABLE proposals (
	id VARCHAR NOT NULL, 
	project VARCHAR NOT NULL, 
	cluster VARCHAR NOT NULL, 
	request TEXT NOT NULL, 
	actor TEXT NOT NULL, 
	created FLOAT NOT NULL, 
	status VARCHAR NOT NULL, 
	problem TEXT, 
	digests TEXT, 
	"plan" VARCHAR(64), 
	files VARCHAR(64), 
	window TEXT, 
	task VARCHAR, 
	PRIMARY KEY (id), 
	FOREIGN KEY(cluster) REFERENCES clusters (name), 
	FOREIGN KEY(files) REFERENCES file_trees (digest) ON DELETE SET NULL, 
	FOREIGN KEY("plan") REFERENCES plans (digest) ON DELETE SET NULL, 
	FOREIGN KEY(project) REFERENCES projects (id), 
	FOREIGN KEY(task) REFERENCES tasks (id) ON DELETE SET NULL
);
CREATE TABLE queue (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	project VARCHAR NOT NULL, 
	cluster VARCHAR NOT NULL, 
	task VARCHAR NOT NULL, 
	request TEXT NOT NULL, 
	actor TEXT NOT NULL, 
	priority INTEGER NOT NULL, 
	asked FLOAT NOT NULL, 
	process TEXT, 
	tries INTEGER NOT NULL, worker VARCHAR, 
	FOREIGN KEY(project) REFERENCES projects (id), 
	FOREIGN KEY(cluster) REFERENCES clusters (name), 
	FOREIGN KEY(task) REFERENCES tasks (id) ON DELETE CASCADE
);
CREATE TABLE role_bindings (
	user VARCHAR NOT NULL, 
	project VARCHAR NOT NULL, 
	role VARCHAR NOT NULL, 
	PRIMARY KEY (user, project, role), 
	FOREIGN KEY(user) REFERENCES users (id) ON DELETE CASCADE
);
CREATE TABLE roles (
	name VARCHAR NOT NULL, 
	permissions TEXT NOT NULL, 
	PRIMARY KEY (name)
);
CREATE TABLE schedule_runs (
	schedule VARCHAR NOT NULL, 
	due FLOAT NOT NULL, 
	decided FLOAT NOT NULL, 
	outcome VARCHAR NOT NULL, 
	task VARCHAR, 
	message TEXT, 
	PRIMARY KEY (schedule, due), 
	FOREIGN KEY(schedule) REFERENCES schedules (id) ON DELETE CASCADE, 
	FOREIGN KEY(task) REFERENCES tasks (id) ON DELETE SET NULL
);
CREATE TABLE schedules (
	id VARCHAR NOT NULL, 
	project VARCHAR NOT NULL, 
	cluster VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	request TEXT NOT NULL, 
	cron VARCHAR NOT NULL, 
	time_zone VARCHAR NOT NULL, 
	policy TEXT NOT NULL, 
	actor TEXT NOT NULL, 
	created FLOAT NOT NULL, 
	disabled FLOAT, 
	due FLOAT, 
	PRIMARY KEY (id), 
	FOREIGN KEY(cluster) REFERENCES clusters (name), 
	FOREIGN KEY(project) REFERENCES projects (id), 
	CONSTRAINT schedules_by_name UNIQUE (cluster, name)
);
CREATE TABLE sessions (
	digest VARCHAR(64) NOT NULL, 
	user VARCHAR NOT NULL, 
	created FLOAT NOT NULL, 
	used FLOAT NOT NULL, 
	expires FLOAT NOT NULL, 
	address VARCHAR, 
	agent VARCHAR, 
	provider VARCHAR NOT NULL, 
	PRIMARY KEY (digest), 
	FOREIGN KEY(user) REFERENCES users (id) ON DELETE CASCADE
);
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
	waiting_for VARCHAR, files VARCHAR(64) REFERENCES file_trees (digest), traceparent VARCHAR(55), 
	PRIMARY KEY (id), 
	FOREIGN KEY("plan") REFERENCES plans (digest), 
	FOREIGN KEY(parent) REFERENCES tasks (id), 
	FOREIGN KEY(document) REFERENCES documents (digest), 
	FOREIGN KEY(cluster) REFERENCES clusters (name)
);
INSERT INTO "tasks" VALUES('20261130-191451-70c107','shop','p','apply','62eb4ab66360565b108413177ec205e56b9f0af96476bf871891344d59fb462c','tasks/20261130-191451-70c107','partial',NULL,1.79606609162650799746e+09,1.79606609235242700578e+09,1.79606609313750529288e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1.79606609162650799746e+09,NULL,NULL,NULL);
INSERT INTO "tasks" VALUES('20261130-191453-586e2e','shop','p','apply','62eb4ab66360565b108413177ec205e56b9f0af96476bf871891344d59fb462c','tasks/20261130-191453-586e2e','succeeded',NULL,1.79606609386793947217e+09,1.79606609443567228319e+09,1.79606609483402109147e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1.79606609386793947217e+09,NULL,NULL,NULL);
INSERT INTO "tasks" VALUES('20261130-191455-c7222b','shop','p','verify','62eb4ab66360565b108413177ec205e56b9f0af96476bf871891344d59fb462c','tasks/20261130-191455-c7222b','pending',NULL,1.79606609502281379699e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1.79606609502281379699e+09,NULL,NULL,NULL);
CREATE TABLE tokens (
	id VARCHAR NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	user VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	scopes TEXT, 
	created FLOAT NOT NULL, 
	expires FLOAT, 
	used FLOAT, 
	revoked FLOAT, 
	PRIMARY KEY (id), 
	UNIQUE (digest), 
	FOREIGN KEY(user) REFERENCES users (id) ON DELETE CASCADE
);
CREATE TABLE user_groups (
	user VARCHAR NOT NULL, 
	"group" VARCHAR NOT NULL, 
	PRIMARY KEY (user, "group"), 
	FOREIGN KEY(user) REFERENCES users (id) ON DELETE CASCADE
);
CREATE TABLE users (
	id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	created FLOAT NOT NULL, 
	disabled FLOAT, password TEXT, issuer VARCHAR, subject VARCHAR, 
	PRIMARY KEY (id), 
	UNIQUE (name)
);
CREATE TABLE workers (
	id VARCHAR NOT NULL, 
	process TEXT NOT NULL, 
	tags TEXT NOT NULL, 
	capacity INTEGER NOT NULL, 
	version VARCHAR NOT NULL, 
	started FLOAT NOT NULL, 
	heartbeat FLOAT NOT NULL, 
	draining FLOAT, 
	fenced FLOAT, 
	ended FLOAT, 
	PRIMARY KEY (id)
);
CREATE INDEX ix_attempts_task ON attempts (task);
CREATE INDEX events_by_node ON events (task, node, host);
CREATE INDEX ix_successes_task ON successes (task);
CREATE UNIQUE INDEX events_by_line ON events (attempt, line) WHERE line IS NOT NULL;
CREATE INDEX events_by_blob ON events (blob) WHERE blob IS NOT NULL;
CREATE INDEX ix_tasks_created ON tasks (created);
CREATE INDEX ix_tasks_cluster ON tasks (cluster);
CREATE INDEX tasks_unended ON tasks (status) WHERE ended IS NULL;
CREATE INDEX tasks_by_cluster ON tasks (cluster, created, id);
CREATE INDEX tasks_by_status ON tasks (status, created, id);
CREATE INDEX ix_idempotency_keys_created ON idempotency_keys (created);
CREATE INDEX ix_notices_spread ON notices (spread);
CREATE INDEX notices_by_subject ON notices (project, cluster, subject);
CREATE INDEX ix_sessions_user ON sessions (user);
CREATE INDEX ix_deliveries_channel ON deliveries (channel);
CREATE INDEX ix_deliveries_next_try ON deliveries (next_try);
CREATE INDEX ix_schedules_due ON schedules (due);
CREATE INDEX drift_by_cluster ON drift_reports (cluster, time);
CREATE INDEX ix_proposals_created ON proposals (created);
CREATE INDEX ix_decisions_proposal ON decisions (proposal);
CREATE INDEX tasks_in_order ON tasks (asked, id);
CREATE INDEX tasks_in_order_by_cluster ON tasks (cluster, asked, id);
CREATE INDEX tasks_in_order_by_status ON tasks (status, asked, id);
CREATE INDEX audit_uncovered ON audit (id) WHERE chain IS NULL;
CREATE UNIQUE INDEX users_by_subject ON users (issuer, subject);
CREATE INDEX ix_event_batches_number ON event_batches (number);
CREATE INDEX event_batches_by_task ON event_batches (task, last);
CREATE INDEX event_batches_unnumbered ON event_batches (id) WHERE number IS NULL;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('event_batches',6);
COMMIT;
